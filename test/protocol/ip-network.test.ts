import { describe, expect, test } from "vitest";
import { formatIpAddress, isInNetwork, parseIpAddress, parseIpNetwork } from "../../protocol/ip-network.ts";

describe("an address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["::1", "0:0:0:0:0:0:0:1"],
    ["::", "0:0:0:0:0:0:0:0"],
    ["2001:DB8::a:0:1", "2001:db8:0:0:0:a:0:1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1::", "1:0:0:0:0:0:0:0"],
  ])("%s is %s", (text, written) => {
    const address = parseIpAddress(text);
    expect(address === undefined ? undefined : formatIpAddress(address)).toBe(written);
    expect(parseIpAddress(written)).toBe(address);
  });

  test.each([
    "",
    "localhost",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "0x7f.0.0.1",
    "1.2.3.4:80",
    "[::1]",
    "::1%eth0",
    "fe80::1%25eth0",
    ":::",
    "1:2:3:4:5:6:7:8:9",
    "::1/8",
    "::1]/x",
    " ::1",
  ])("%j is none", (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});

describe("a network", () => {
  test.each([
    ["10.0.0.0/8", "10.255.0.1", "11.0.0.0"],
    ["10.9.9.9/8", "10.0.0.1", "9.255.255.255"],
    ["192.0.2.1", "192.0.2.1", "192.0.2.2"],
    ["192.0.2.0/31", "::ffff:192.0.2.1", "192.0.2.2"],
    ["0.0.0.0/0", "203.0.113.1", "2001:db8::1"],
    ["fd00::/8", "fdff::1", "fe00::1"],
    ["2001:db8::/64", "2001:db8::ffff:1", "2001:db8:0:1::1"],
    ["::1", "::1", "127.0.0.1"],
  ])("%s has %s, and not %s", (text, inside, outside) => {
    const network = parseIpNetwork(text);
    const has = (name: string) => network && isInNetwork(parseIpAddress(name) ?? -1n, network);
    expect([has(inside), has(outside)]).toEqual([true, false]);
  });

  test.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/8 ", "/8", "all"])(
    "%j is none",
    (text) => {
      expect(parseIpNetwork(text)).toBeUndefined();
    },
  );
});

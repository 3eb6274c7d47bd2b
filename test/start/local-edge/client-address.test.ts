import { describe, expect, test } from "vitest";
import { parseIpNetwork } from "../../../protocol/ip-network.ts";
import { clientAddress } from "../../../start/local-edge/workers/client-address.ts";

const PROXIES = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].flatMap((text) => parseIpNetwork(text) ?? []);

describe("the client is", () => {
  test.each([
    ["the peer, if it is no proxy", "192.0.2.1:40000", null, "192.0.2.1"],
    ["the peer, whatever it says", "192.0.2.1:40000", "203.0.113.7", "192.0.2.1"],
    ["who the proxy names", "127.0.0.1:40000", "203.0.113.7", "203.0.113.7"],
    [
      "the last one that the proxy names, whatever the client said before",
      "127.0.0.1:1",
      "1.1.1.1, 203.0.113.7",
      "203.0.113.7",
    ],
    ["the one in front of two proxies", "127.0.0.1:1", "1.1.1.1, 203.0.113.7,10.1.2.3", "203.0.113.7"],
    ["the first proxy, if it asks itself", "127.0.0.1:1", "10.1.2.3", "10.1.2.3"],
    ["the proxy, if it names nobody", "127.0.0.1:1", null, "127.0.0.1"],
    ["the proxy, if it names no address", "127.0.0.1:1", "203.0.113.7, unknown", "127.0.0.1"],
    ["the nearest one that is certain", "127.0.0.1:1", "<script>, 10.1.2.3", "10.1.2.3"],
    ["an IPv6 address", "[fd00::1]:40000", "2001:db8::7", "2001:db8:0:0:0:0:0:7"],
    ["an address with a port, as some proxies write it", "127.0.0.1:1", "[2001:db8::7]:99", "2001:db8:0:0:0:0:0:7"],
    ["an IPv4 address in its IPv6 form", "[::ffff:127.0.0.1]:1", "::ffff:203.0.113.7", "203.0.113.7"],
  ])("%s", (_, peer, forwardedFor, client) => {
    expect(clientAddress(peer, forwardedFor, PROXIES)).toBe(client);
  });

  test.each([undefined, 7, "", "unix:/socket"])("nobody, if the peer is %j", (peer) => {
    expect(clientAddress(peer, "203.0.113.7", PROXIES)).toBeUndefined();
  });

  test("the peer, if no proxy is trusted", () => {
    expect(clientAddress("127.0.0.1:1", "203.0.113.7", [])).toBe("127.0.0.1");
  });

  test("found soon, however long the header is", () => {
    expect(clientAddress("127.0.0.1:1", `${"10.0.0.1,".repeat(100_000)}10.0.0.1`, PROXIES)).toBe("10.0.0.1");
  });
});

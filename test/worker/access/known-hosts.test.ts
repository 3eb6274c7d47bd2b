import { describe, expect, test } from "vitest";
import { isKnownHost, parseHosts } from "../../../worker/access/known-hosts.ts";

function hostsOf(text: string | undefined) {
  const problems: string[] = [];
  const hosts = parseHosts(text, problems);
  expect(problems).toEqual([]);
  return hosts;
}

const LOOPBACK = ["localhost", "localhost:8787", "127.0.0.1", "127.0.0.1:8787", "127.255.0.9", "127.1", "[::1]:8787"];
const OTHERS = [
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.example:8787",
  "128.0.0.1",
  "10.0.0.1",
  "[::2]",
  "xlocalhost",
  "localhost.",
];

describe("a host is known", () => {
  test.each([...LOOPBACK, ...OTHERS])("if HOSTS is not set: %s", (host) => {
    expect(isKnownHost(hostsOf(undefined), `http://${host}/`)).toBe(true);
  });

  test.each(LOOPBACK)("if it is of this machine and HOSTS is empty: %s", (host) => {
    expect(isKnownHost(hostsOf(""), `http://${host}/v2/`)).toBe(true);
  });

  test.each(["registry.example", "REGISTRY.example:443", "10.0.0.7:8787", "[fd00::1]", "localhost"])(
    "if HOSTS lists it, with any port: %s",
    (host) => {
      expect(isKnownHost(hostsOf("  registry.example 10.0.0.7\n[FD00::1]"), `https://${host}/`)).toBe(true);
    },
  );
});

describe("a host is not known", () => {
  test.each(OTHERS)("if it is another machine's: %s", (host) => {
    expect(isKnownHost(hostsOf(""), `http://${host}/`)).toBe(false);
    expect(isKnownHost(hostsOf("registry.example"), `http://${host}/`)).toBe(false);
  });

  test.each(["www.registry.example", "registry.example.evil.example"])(
    "if it only contains a listed host: %s",
    (host) => {
      expect(isKnownHost(hostsOf("registry.example"), `http://${host}/`)).toBe(false);
    },
  );
});

test.each(["registry.example:8787", "https://registry.example", "*.example", "a/b", "a,b", "user@registry.example"])(
  "%s is no host name, so it is a problem",
  (text) => {
    const problems: string[] = [];
    parseHosts(text, problems);
    expect(problems).toEqual([
      `HOSTS has ${JSON.stringify(text)}; it must be host names without ports, separated by spaces`,
    ]);
  },
);

import { describe, expect, test } from "vitest";
import { ConfigError } from "../../origin/system/settings.ts";
import { parseServeConfig } from "../../start/serve-config.ts";

const URL_ALONE = { CORNICE_REGISTRY_URL: "https://registry.example" };
const USERS = `{"alice":"pbkdf2-sha256.100000.${"0".repeat(32)}.${"0".repeat(64)}"}`;
const PRIVATE = { CORNICE_AUTH: "token", CORNICE_USERS: USERS };

test("by default the registry listens on loopback, trusts no proxy, and keeps its state in /var/lib", () => {
  expect(parseServeConfig(URL_ALONE)).toMatchObject({
    entrance: { address: "127.0.0.1", trustedProxies: [], publicUrl: "https://registry.example" },
    port: 8787,
    stateDirectory: "/var/lib/cornice",
    hosts: "registry.example",
    limitsClients: true,
    drainTimeoutS: 25,
  });
});

test("every setting has an effect", () => {
  const settings = {
    CORNICE_REGISTRY_URL: "https://registry.example:8443/",
    CORNICE_LISTEN: "10.0.0.2",
    CORNICE_TRUSTED_PROXIES: " 10.0.0.1  fd00::/8 ",
    CORNICE_HOSTS: "registry.lan",
    CORNICE_STATE_DIR: "/state",
    CORNICE_DRAIN_TIMEOUT: "7",
    ...PRIVATE,
  };
  expect(parseServeConfig(settings)).toMatchObject({
    entrance: {
      address: "10.0.0.2",
      trustedProxies: ["10.0.0.1", "fd00::/8"],
      publicUrl: "https://registry.example:8443",
    },
    hosts: "registry.example registry.lan",
    stateDirectory: "/state",
    drainTimeoutS: 7,
    access: { AUTH: "token", USERS },
  });
});

describe("an address that others reach", () => {
  test.each(["0.0.0.0", "::", "192.0.2.1"])("%s takes users, or the operator's word", (address) => {
    const settings = { ...URL_ALONE, CORNICE_LISTEN: address };
    expect(problemsOf(settings)).toEqual([
      `CORNICE_LISTEN is ${address}, and everybody who reaches it could pull and build: ` +
        "set CORNICE_AUTH and CORNICE_USERS, or CORNICE_OPEN=true if you want that",
    ]);
    expect(problemsOf({ ...settings, CORNICE_OPEN: "false" })).toHaveLength(1);
    expect(problemsOf({ ...settings, CORNICE_OPEN: "true" })).toEqual([]);
    expect(problemsOf({ ...settings, ...PRIVATE })).toEqual([]);
  });

  test.each(["127.0.0.1", "127.0.0.9", "::1"])("is not %s", (address) => {
    expect(problemsOf({ ...URL_ALONE, CORNICE_LISTEN: address })).toEqual([]);
  });
});

describe("a problem is", () => {
  test.each([
    ["no public URL", { CORNICE_REGISTRY_URL: "" }, /^CORNICE_REGISTRY_URL is not set: the address by which people/],
    [
      "a public URL with a path",
      { CORNICE_REGISTRY_URL: "https://a.example/b" },
      /a scheme and a host, such as https:\/\/a\.example$/,
    ],
    [
      "a public URL with a password, which nobody sees",
      { CORNICE_REGISTRY_URL: "https://me:hunter22@a.example" },
      /^CORNICE_REGISTRY_URL has a user name or a password; it must be a scheme and a host, such as https:\/\/a\.example$/,
    ],
    ["a host and a port alone", { CORNICE_REGISTRY_URL: "a.example:443" }, /must be an http or https URL$/],
    ["a public URL of another kind", { CORNICE_REGISTRY_URL: "ftp://a.example" }, /must be an http or https URL$/],
    [
      "a name to listen on",
      { CORNICE_LISTEN: "localhost" },
      /^CORNICE_LISTEN is "localhost"; it must be an IP address$/,
    ],
    ["an address with a port", { CORNICE_LISTEN: "0.0.0.0:80" }, /it must be an IP address$/],
    [
      "a proxy by its name",
      { CORNICE_TRUSTED_PROXIES: "127.0.0.1 proxy" },
      /^CORNICE_TRUSTED_PROXIES has "proxy"; it must be/,
    ],
    [
      "a list of proxies with commas",
      { CORNICE_TRUSTED_PROXIES: "127.0.0.1,10.0.0.1" },
      /it must be addresses or networks, separated by spaces$/,
    ],
    [
      "a network that is too long",
      { CORNICE_TRUSTED_PROXIES: "10.0.0.0/33" },
      /^CORNICE_TRUSTED_PROXIES has "10\.0\.0\.0\/33"/,
    ],
    ["a word for yes", { CORNICE_OPEN: "yes" }, /^CORNICE_OPEN is "yes"; it must be true or false$/],
  ])("%s", (_, settings, problem) => {
    expect(problemsOf({ ...URL_ALONE, ...settings })).toEqual([expect.stringMatching(problem)]);
  });
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseServeConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

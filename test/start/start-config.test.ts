import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { ConfigError } from "../../origin/system/settings.ts";
import { parseStartConfig } from "../../start/start-config.ts";
import { matching } from "../matchers.ts";

const USERS = `{"alice":"pbkdf2-sha256.100000.${"0".repeat(32)}.${"0".repeat(64)}"}`;

test("the default source is the starter set", () => {
  expect(parseStartConfig({})).toEqual({
    port: 8787,
    originPort: 8788,
    storesPort: undefined,
    stateDirectory: join(process.cwd(), ".cornice"),
    source: undefined,
    maxPackages: 64,
    maxStateBytes: 20 * 2 ** 30,
    platforms: [hostArchitecture()],
    tagFreshnessS: 300,
    waits: { MANIFEST_HOLD: "25", BUILD_WAIT: "900", BUILD_TIMEOUT: "3600" },
    access: {},
    hosts: "",
    indexes: true,
    logLevel: "info",
    logFormat: "text",
    entrance: { address: "127.0.0.1", trustedProxies: [], publicUrl: "" },
    limitsClients: false,
  });
});

test("every setting has an effect", () => {
  const env = {
    CORNICE_PORT: "1",
    CORNICE_ORIGIN_PORT: "2",
    CORNICE_STORES_PORT: "5",
    CORNICE_HOSTS: " registry.lan  192.168.1.2 [::2]",
    CORNICE_STATE_DIR: "/state",
    CORNICE_CHANNEL: "nixos-25.11",
    CORNICE_PLATFORMS: "arm64, amd64",
    CORNICE_MAX_PACKAGES: "3",
    CORNICE_REF_TTL: "4",
    CORNICE_MANIFEST_HOLD: "4",
    CORNICE_BUILD_WAIT: "5",
    CORNICE_BUILD_TIMEOUT: "6",
    CORNICE_AUTH: "basic",
    CORNICE_USERS: USERS,
    CORNICE_PUBLIC: "git shell",
    CORNICE_CATALOG: "true",
    CORNICE_INDEX: "false",
    CORNICE_LOG_LEVEL: "debug",
    CORNICE_STATE_GIB: "5",
    CORNICE_LOG_FORMAT: "json",
  };
  expect(parseStartConfig(env)).toEqual({
    port: 1,
    originPort: 2,
    storesPort: 5,
    stateDirectory: "/state",
    source: { kind: "channel", channel: "nixos-25.11" },
    maxPackages: 3,
    maxStateBytes: 5 * 2 ** 30,
    platforms: ["amd64", "arm64"],
    tagFreshnessS: 4,
    waits: { MANIFEST_HOLD: "4", BUILD_WAIT: "5", BUILD_TIMEOUT: "6" },
    access: { AUTH: "basic", USERS, PUBLIC: "git shell", CATALOG: "true" },
    hosts: "registry.lan 192.168.1.2 [::2]",
    indexes: false,
    logLevel: "debug",
    logFormat: "json",
    entrance: { address: "127.0.0.1", trustedProxies: [], publicUrl: "" },
    limitsClients: false,
  });
});

test("a state directory may be relative to the current one", () => {
  expect(parseStartConfig({ CORNICE_STATE_DIR: "a/b" }).stateDirectory).toBe(join(process.cwd(), "a/b"));
});

describe("problems", () => {
  test.each([
    ["of two sources", { CORNICE_CHANNEL: "a", CORNICE_PKGS_PATH: "/a" }, [/^set exactly one package source/]],
    ["of a source", { CORNICE_PKGS_PATH: "a" }, [/^CORNICE_PKGS_PATH is "a"; it must be an absolute path$/]],
    ["of a port", { CORNICE_PORT: "65536" }, [/^CORNICE_PORT is "65536"; it must be a whole number from 1 to 65535$/]],
    ["of a wait", { CORNICE_MANIFEST_HOLD: "30" }, [/^CORNICE_MANIFEST_HOLD is "30"; .* from 1 to 29$/]],
    ["of equal ports", { CORNICE_PORT: "8788" }, [/^CORNICE_PORT, .* and CORNICE_STORES_PORT must differ$/]],
    [
      "of the stores' port",
      { CORNICE_STORES_PORT: "8787" },
      [/^CORNICE_PORT, .* and CORNICE_STORES_PORT must differ$/],
    ],
    ["of a port for the stores", { CORNICE_STORES_PORT: "0" }, [/^CORNICE_STORES_PORT is "0"; .* from 1 to 65535$/]],
    ["of a host with a port", { CORNICE_HOSTS: "a.lan b.lan:8787" }, [/^CORNICE_HOSTS has "b.lan:8787"; /]],
    ["of an invalid host", { CORNICE_HOSTS: "a/b" }, [/^CORNICE_HOSTS has "a\/b"; /]],
    ["of a host in capitals", { CORNICE_HOSTS: "A.lan" }, [/^CORNICE_HOSTS has "A.lan"; /]],
    [
      "of a platform",
      { CORNICE_PLATFORMS: "amd64 riscv64" },
      [/^CORNICE_PLATFORMS is "amd64 riscv64"; .* amd64 or arm64$/],
    ],
    ["of access", { CORNICE_USERS: USERS }, [/^CORNICE_USERS and CORNICE_PUBLIC work only with CORNICE_AUTH$/]],
    ["of users", { CORNICE_AUTH: "basic" }, [/^CORNICE_USERS must be a JSON object/]],
    [
      "are all reported at once",
      { CORNICE_PORT: "x", CORNICE_ORIGIN_PORT: "y", CORNICE_PKGS_REPO: "z", CORNICE_MAX_PACKAGES: "0" },
      [/^CORNICE_PORT /, /^CORNICE_ORIGIN_PORT /, /^CORNICE_PKGS_REPO /, /^CORNICE_MAX_PACKAGES /],
    ],
  ])("%s", (_, env, patterns) => {
    expect(() => parseStartConfig(env)).toThrow(
      expect.objectContaining({
        constructor: ConfigError,
        problems: patterns.map((pattern) => matching(pattern)),
      }),
    );
  });
});

import { describe, expect, test } from "vitest";
import { parseBuilderConfig, parseConfig } from "../../../origin/service/config.ts";
import { ConfigError, type Environment } from "../../../origin/system/settings.ts";

const ENV = {
  CORNICE_CHANNEL: "nixos-25.11",
  CORNICE_ORIGIN_SECRET: "s".repeat(32),
  R2_ENDPOINT: "https://r2.example/",
  R2_BUCKET: "bucket",
  R2_ACCESS_KEY_ID: "id",
  R2_SECRET_ACCESS_KEY: "key",
  KV_API_URL: "https://kv.example/accounts/1",
  KV_NAMESPACE_ID: "namespace",
  KV_API_TOKEN: "token",
};

const TRUSTED_KEY = `cache.example-1:${"A".repeat(43)}=`;

function problemsOf(env: Environment): readonly string[] {
  try {
    parseConfig(env, 4);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("the defaults", () => {
  expect(parseConfig(ENV, 4)).toEqual({
    host: "127.0.0.1",
    port: 8788,
    makesBundles: true,
    logFormat: "text",
    logLevel: "info",
    secrets: ["s".repeat(32)],
    drainTimeoutS: 25,
    source: { kind: "channel", channel: "nixos-25.11" },
    sourceUrls: { channels: "https://channels.nixos.org", nixpkgs: "https://github.com/NixOS/nixpkgs" },
    sourceAccess: {
      allowedRefs: { patterns: undefined },
      refTtlMs: 300_000,
      directory: "/var/tmp/cornice-sources",
      gitToken: undefined,
      maxBytes: 8_589_934_592,
      silenceMs: 60_000,
      nixpkgs: undefined,
      restrictsPath: true,
    },
    nix: {
      timeoutS: 60,
      nixBin: undefined,
      sandbox: true,
      mayBuild: true,
      substituters: undefined,
      trustedKeys: undefined,
      netrcFile: undefined,
      nixConf: undefined,
      downloadSilenceS: 60,
      maxJobs: undefined,
      allowedUris: undefined,
      allowIfd: false,
      accessTokens: undefined,
      nixpkgsConfig: undefined,
      evaluationMib: 4096,
      buildMib: 8192,
    },
    maxPackages: 64,
    maxImageBytes: 8_589_934_592,
    maxBuilds: 5,
    maxKeptBytes: 2_147_483_648,
    maxNixStoreBytes: undefined,
    minFreeBytes: 2 ** 30,
    maxStoreLayers: 100,
    popularityUrl: undefined,
    packers: 4,
    compression: "gzip",
    spoolDirectory: "/var/tmp/cornice",
    trust: { signing: undefined, previousSigningKey: undefined, registryUrl: "http://localhost:8787" },
    r2: { endpoint: "https://r2.example", bucket: "bucket", accessKeyId: "id", secretAccessKey: "key" },
    kv: { apiUrl: "https://kv.example/accounts/1", namespaceId: "namespace", apiToken: "token" },
  });
});

test("every setting has an effect", () => {
  const config = parseConfig(
    {
      ...ENV,
      CORNICE_ORIGIN_SECRET_PREVIOUS: "p".repeat(32),
      CORNICE_SIGNING_KEY: "/run/key.pem",
      CORNICE_SIGNING_KEY_PREVIOUS: "/run/old.pem",
      CORNICE_REGISTRY_URL: "https://registry.example",
      CORNICE_ORIGIN_HOST: "0.0.0.0",
      CORNICE_ORIGIN_PORT: "1",
      CORNICE_LOG_FORMAT: "json",
      CORNICE_LOG_LEVEL: "debug",
      CORNICE_CHANNELS_URL: "http://channels/",
      CORNICE_NIXPKGS_URL: "http://nixpkgs/",
      CORNICE_MAX_PACKAGES: "2",
      CORNICE_MAX_IMAGE_MIB: "9",
      CORNICE_MAX_BUILDS: "10",
      CORNICE_MAX_LAYERS: "3",
      CORNICE_POPULARITY_URL: "https://popularity.example/a.json",
      CORNICE_PACKERS: "5",
      CORNICE_COMPRESSION: "zstd",
      CORNICE_SPOOL_DIR: "/spool",
      CORNICE_KEPT_MIB: "0",
      CORNICE_ALLOWED_REFS: "main release-*",
      CORNICE_REF_TTL: "8",
      CORNICE_SOURCES_DIR: "/sources",
      CORNICE_GIT_TOKEN: "token",
      CORNICE_NIXPKGS: "nixos-25.11",
      CORNICE_NIX_ACCESS_TOKENS: "github.com=a gitlab.com=PAT:b",
      CORNICE_NIX_RESTRICT: "false",
      CORNICE_NIX_ALLOWED_URIS: "https://a.example/",
      CORNICE_NIX_ALLOW_IFD: "true",
      CORNICE_ALLOW_UNFREE: "true",
      NIX_TIMEOUT: "6",
      CORNICE_NIX_SANDBOX: "false",
      CORNICE_NIX_SUBSTITUTERS: "https://cache.example",
      CORNICE_NIX_TRUSTED_KEYS: TRUSTED_KEY,
      CORNICE_NIX_NETRC: "/run/netrc",
      CORNICE_NIX_CONF: "/etc/cornice/nix.conf",
      CORNICE_DOWNLOAD_TIMEOUT: "11",
      CORNICE_BUILD: "false",
      CORNICE_NIX_MAX_JOBS: "7",
      CORNICE_NIX_MEMORY: "600",
      CORNICE_NIX_BUILD_MEMORY: "700",
    },
    4,
  );
  expect(config).toMatchObject({
    secrets: ["s".repeat(32), "p".repeat(32)],
    host: "0.0.0.0",
    port: 1,
    maxKeptBytes: 0,
    logFormat: "json",
    logLevel: "debug",
    sourceUrls: { channels: "http://channels", nixpkgs: "http://nixpkgs" },
    sourceAccess: {
      allowedRefs: { patterns: ["main", "release-*"] },
      refTtlMs: 8000,
      directory: "/sources",
      gitToken: "token",
      nixpkgs: { kind: "channel", channel: "nixos-25.11" },
      restrictsPath: false,
    },
    nix: {
      timeoutS: 6,
      sandbox: false,
      substituters: "https://cache.example",
      trustedKeys: TRUSTED_KEY,
      netrcFile: "/run/netrc",
      nixConf: "/etc/cornice/nix.conf",
      downloadSilenceS: 11,
      mayBuild: false,
      maxJobs: 7,
      allowedUris: "https://a.example/",
      allowIfd: true,
      accessTokens: "github.com=a gitlab.com=PAT:b",
      nixpkgsConfig: '{"allowUnfree":true}',
      evaluationMib: 600,
      buildMib: 700,
    },
    maxPackages: 2,
    maxImageBytes: 9_437_184,
    maxBuilds: 10,
    maxStoreLayers: 3,
    popularityUrl: new URL("https://popularity.example/a.json"),
    packers: 5,
    compression: "zstd",
    spoolDirectory: "/spool",
  });
});

test("an empty list of substituters differs from Nix's own list", () => {
  expect(parseConfig({ ...ENV, CORNICE_NIX_SUBSTITUTERS: "" }, 4).nix.substituters).toBe("");
});

test("for an empty environment, the error lists all missing settings at once", () => {
  expect(problemsOf({}).map((problem) => problem.split(/[ :]/, 1)[0])).toEqual([
    "set",
    "CORNICE_ORIGIN_SECRET",
    "R2_ENDPOINT",
    "R2_BUCKET",
    "R2_ACCESS_KEY_ID",
    "R2_SECRET_ACCESS_KEY",
    "KV_API_URL",
    "KV_NAMESPACE_ID",
    "KV_API_TOKEN",
  ]);
});

test("building needs only a package source, and has the origin's defaults for the rest", () => {
  expect(parseConfig(ENV, 4)).toMatchObject(parseBuilderConfig({ CORNICE_CHANNEL: "nixos-25.11" }, 4));
  expect(() => parseBuilderConfig({ NIX_TIMEOUT: "x" }, 4)).toThrow(
    expect.objectContaining({
      problems: [
        expect.stringMatching(/^set exactly one package source/),
        expect.stringMatching(/^NIX_TIMEOUT is "x"/),
      ],
    }),
  );
});

describe("the limits of", () => {
  test.each([
    ["CORNICE_ORIGIN_PORT", "1", "65535", "0", "65536"],
    ["CORNICE_MAX_PACKAGES", "1", "255", "0", "256"],
    ["CORNICE_MAX_IMAGE_MIB", "1", "1048576", "0", "1048577"],
    ["CORNICE_MAX_BUILDS", "1", "256", "0", "257"],
    ["CORNICE_NIX_MEMORY", "512", "1048576", "511", "1048577"],
    ["CORNICE_NIX_BUILD_MEMORY", "512", "1048576", "511", "1048577"],
    ["CORNICE_MAX_LAYERS", "1", "124", "0", "125"],
    ["CORNICE_PACKERS", "1", "64", "0", "65"],
    ["CORNICE_REF_TTL", "0", "86400", "-1", "86401"],
    ["NIX_TIMEOUT", "1", "86400", "0", "86401"],
    ["CORNICE_NIX_MAX_JOBS", "1", "256", "0", "257"],
  ])("%s are %s and %s", (name, min, max, below, above) => {
    const problem = (text: string) => [`${name} is "${text}"; it must be a whole number from ${min} to ${max}`];
    expect(problemsOf({ ...ENV, [name]: min })).toEqual([]);
    expect(problemsOf({ ...ENV, [name]: max })).toEqual([]);
    expect(problemsOf({ ...ENV, [name]: below })).toEqual(problem(below));
    expect(problemsOf({ ...ENV, [name]: above })).toEqual(problem(above));
  });
});

test.each(["CORNICE_ORIGIN_SECRET", "CORNICE_ORIGIN_SECRET_PREVIOUS"])(
  "%s has at least 32 characters, and the message does not show it",
  (name) => {
    expect(problemsOf({ ...ENV, [name]: "x".repeat(31) })).toEqual([`${name} has 31 characters; use at least 32`]);
  },
);

test.each(["R2_ENDPOINT", "KV_API_URL", "CORNICE_CHANNELS_URL", "CORNICE_NIXPKGS_URL"])("%s is a URL", (name) => {
  expect(problemsOf({ ...ENV, [name]: "r2.example" })).toEqual([
    `${name} is "r2.example"; it must be an http or https URL`,
  ]);
});

test("a token is one word, and the message does not show it", () => {
  expect(problemsOf({ ...ENV, CORNICE_GIT_TOKEN: "se cret" })).toEqual([
    "CORNICE_GIT_TOKEN must be printable characters without spaces",
  ]);
  for (const tokens of ["secret", "github.com=se\ncret = 1", "=secret"])
    expect(problemsOf({ ...ENV, CORNICE_NIX_ACCESS_TOKENS: tokens })).toEqual([
      "CORNICE_NIX_ACCESS_TOKENS must be HOST=TOKEN, such as github.com=ghp_…, separated by spaces",
    ]);
});

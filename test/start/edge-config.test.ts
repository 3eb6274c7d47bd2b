import { expect, test } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { edgeConfig } from "../../start/edge-config.ts";

const EDGE = {
  originUrl: "http://127.0.0.1:8788",
  secret: "secret",
  packageSource: "starter",
  platforms: ["amd64", "arm64"],
  maxPackages: "64",
  tagFreshness: "300",
  waits: { MANIFEST_HOLD: "25", BUILD_WAIT: "900", BUILD_TIMEOUT: "3600" },
  limitsClients: false,
  access: { AUTH: "basic", USERS: "{}" },
  hosts: "registry.lan",
  logLevel: "info",
} as const;

test("the configuration is the deployment's, with this machine's values", () => {
  const config = {
    name: "cornice",
    main: "worker/index.ts",
    compatibility_date: "2026-11-01",
    vars: { PACKAGE_SOURCE: "of the deployment", AUTH: "none", OTHER: "kept" },
    assets: { directory: "dist/web", binding: "ASSETS" },
    ratelimits: [{ name: "PULL_LIMIT" }, { name: "PASSWORD_LIMIT" }, { name: "BUILD_LIMIT" }],
    r2_buckets: [{ binding: "R2", bucket_name: "cornice" }],
    kv_namespaces: [{ binding: "KV", id: "0" }],
  };
  expect(edgeConfig(config, "/cornice", EDGE)).toEqual({
    name: "cornice",
    main: "/cornice/worker/index.ts",
    compatibility_date: "2026-11-01",
    assets: { directory: "/cornice/dist/web", binding: "ASSETS" },
    ratelimits: [{ name: "PASSWORD_LIMIT" }],
    vars: {
      OTHER: "kept",
      ORIGIN_URL: "http://127.0.0.1:8788",
      ORIGIN_SECRET: "secret",
      PACKAGE_SOURCE: "starter",
      PLATFORMS: "amd64 arm64",
      DEFAULT_ARCHITECTURE: hostArchitecture(),
      MAX_PACKAGES: "64",
      TAG_FRESHNESS_S: "300",
      MANIFEST_HOLD: "25",
      BUILD_WAIT: "900",
      BUILD_TIMEOUT: "3600",
      AUTH: "basic",
      USERS: "{}",
      HOSTS: "registry.lan",
      LOG_LEVEL: "info",
      REQUEST_LOG: "off",
    },
    r2_buckets: [{ binding: "R2", bucket_name: "cornice" }],
    kv_namespaces: [{ binding: "KV", id: "0" }],
  });
});

test("the level debug shows the lines of the Worker's requests, too", () => {
  expect(edgeConfig({}, "/cornice", { ...EDGE, logLevel: "debug" })).toMatchObject({
    vars: { LOG_LEVEL: "debug", REQUEST_LOG: "on" },
  });
});

test("if names stand for another architecture alone, it is also the default one", () => {
  const other = hostArchitecture() === "arm64" ? "amd64" : "arm64";
  expect(edgeConfig({}, "/", { ...EDGE, platforms: [other] })).toMatchObject({
    vars: { PLATFORMS: other, DEFAULT_ARCHITECTURE: other },
  });
});

test("clients from elsewhere have all limits of the deployment", () => {
  const ratelimits = [{ name: "PULL_LIMIT" }, { name: "PASSWORD_LIMIT" }];
  expect(edgeConfig({ ratelimits }, "/", { ...EDGE, limitsClients: true })).toMatchObject({ ratelimits });
});

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Bindings, parseConfig } from "../../worker/settings.ts";
import { callWorker, readError } from "./client.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function problemsOf(replaced: Partial<Bindings>): string {
  try {
    parseConfig({ ...env, ...replaced });
    return "";
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : "no cause";
  }
}

test("the settings of wrangler.toml are right", () => {
  expect(parseConfig(env)).toMatchObject({
    packageSource: "starter",
    defaultArchitecture: "amd64",
    platforms: ["amd64"],
    maxPackages: 64,
    origin: { urls: [env.ORIGIN_URL], secret: env.ORIGIN_SECRET, headers: {} },
    holdMs: 25_000,
    buildWaitMs: 900_000,
    buildTimeoutMs: 3_600_000,
    tagFreshnessMs: 300_000,
    revalidateTop: 20,
    cacheHost: "cornice.internal",
  });
});

test.each([undefined, "amd64 arm64", "arm64,amd64", " arm64 , amd64 amd64 "])("PLATFORMS may be %j", (PLATFORMS) => {
  const { PLATFORMS: _replaced, ...rest } = env;
  expect(parseConfig({ ...rest, ...(PLATFORMS !== undefined && { PLATFORMS }) }).platforms).toEqual(["amd64", "arm64"]);
});

describe("a wrong setting is named", () => {
  test.each<[Partial<Bindings>, string]>([
    [{ ORIGIN_URL: "" }, "ORIGIN_URL"],
    [{ ORIGIN_URL: "127.0.0.1:8788" }, "ORIGIN_URL"],
    [{ ORIGIN_URL: "ftp://origin.test" }, "ORIGIN_URL"],
    [{ ORIGIN_URL: "https://user:password@origin.test" }, "ORIGIN_URL"],
    [{ ORIGIN_URL: "https://origin.test/?a=b" }, "ORIGIN_URL"],
    [{ ORIGINS: "https://a.test, b.test" }, "each of ORIGINS"],
    [{ ORIGINS: "https://a.test https://user:password@b.test" }, "each of ORIGINS"],
    [{ ORIGIN_SECRET: "" }, "ORIGIN_SECRET"],
    [{ ORIGIN_SECRET: "x".repeat(31) }, "it has 31"],
    [{ PACKAGE_SOURCE: "" }, "PACKAGE_SOURCE"],
    [{ DEFAULT_ARCHITECTURE: "x86_64" }, "amd64 or arm64"],
    [{ DEFAULT_ARCHITECTURE: "arm64" }, 'PLATFORMS is "amd64"; it must have DEFAULT_ARCHITECTURE, arm64'],
    [{ PLATFORMS: "" }, "amd64 or arm64"],
    [{ PLATFORMS: "amd64 riscv64" }, "amd64 or arm64"],
    [{ PLATFORMS: "amd64;arm64" }, "amd64 or arm64"],
    [{ MAX_PACKAGES: "0" }, "MAX_PACKAGES"],
    [{ MAX_PACKAGES: "many" }, "MAX_PACKAGES"],
    [{ MAX_PACKAGES: "256" }, "MAX_PACKAGES"],
    [{ MAX_PACKAGES: "1e2" }, "MAX_PACKAGES"],
    [{ MANIFEST_HOLD: "0" }, "MANIFEST_HOLD"],
    [{ MANIFEST_HOLD: "30" }, "from 1 to 29"],
    [{ BUILD_WAIT: "15 min" }, "BUILD_WAIT"],
    [{ BUILD_TIMEOUT: "-1" }, "BUILD_TIMEOUT"],
    [{ ORIGIN_ACCESS_CLIENT_ID: "id" }, "both or not at all"],
    [{ ORIGIN_ACCESS_CLIENT_SECRET: "secret" }, "both or not at all"],
    [{ CATALOG: "yes" }, "CATALOG"],
    [{ LOG_LEVEL: "verbose" }, "info or debug"],
    [{ AUTH: "bearer" }, "AUTH"],
    [{ AUTH: "token" }, "USERS"],
    [{ PUBLIC: "git" }, "AUTH"],
    [{ TAG_FRESHNESS_S: "" }, "TAG_FRESHNESS_S"],
    [{ TAG_FRESHNESS_S: "86401" }, "TAG_FRESHNESS_S"],
    [{ REVALIDATE_TOP: "-1" }, "REVALIDATE_TOP"],
    [{ REVALIDATE_TOP: "201" }, "REVALIDATE_TOP"],
    [{ PULL_MARKS: "no" }, "PULL_MARKS"],
    [{ CACHE_HOST: "" }, "CACHE_HOST"],
    [{ CACHE_HOST: "https://registry.test" }, "CACHE_HOST"],
    [{ CACHE_HOST: "registry.test/path" }, "CACHE_HOST"],
  ])("%o", (replaced, problem) => {
    expect(problemsOf(replaced)).toContain(problem);
    expect(problemsOf(replaced).split("\n")).toHaveLength(1);
  });

  test("together with all others, without the secret or a password", () => {
    const wrong = { ORIGIN_URL: "https://u:hunter2@h", ORIGIN_SECRET: "hush", PACKAGE_SOURCE: "", MAX_PACKAGES: "-1" };
    const problems = problemsOf(wrong);
    expect(problems.split("\n")).toHaveLength(4);
    expect(problems).not.toMatch(/hush|hunter2/);
  });
});

test("the client is told that the registry is misconfigured, and the log has the reason", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const response = await callWorker({ ORIGIN_SECRET: "" }, "/v2/git/manifests/latest").response;
  expect(response.status).toBe(503);
  const { message } = await readError(response);
  expect(message).toContain("misconfigured");
  expect(message).not.toContain("ORIGIN_SECRET");
  expect(log.mock.calls.join()).toContain("ORIGIN_SECRET");
});

import { join } from "node:path";
import { describe, expect } from "vitest";
import { addressFindings } from "../../../cli/doctor/address.ts";
import { askWorker } from "../../../cli/doctor/ask-worker.ts";
import { cacheFindings } from "../../../cli/doctor/caches.ts";
import { clockFinding } from "../../../cli/doctor/clock.ts";
import { checkDisk, diskFinding } from "../../../cli/doctor/disk.ts";
import type { Finding } from "../../../cli/doctor/finding.ts";
import { keyFinding } from "../../../cli/doctor/keys.ts";
import { freePort } from "../../../start/machine/ports.ts";
import { checkKv, checkR2 } from "../../../cli/doctor/stores.ts";
import type { BinaryCacheSettings } from "../../../origin/caches/settings.ts";
import { parseBinaryCaches } from "../../../origin/caches/settings.ts";
import { parseJson } from "../../../protocol/json-object.ts";
import { checkSignature } from "../../../protocol/signature.ts";
import { makeKey } from "../../origin/caches/signed-path.ts";
import { PATHS, test } from "../../origin/service/cached-images.ts";
import { containing } from "../../matchers.ts";

const VALUE = "a1".repeat(16);
const KV = { namespaceId: "n", apiToken: "t" };
const R2 = { bucket: "b", accessKeyId: "i", secretAccessKey: "k" };
const SECRET = "s".repeat(32);

const shown = ({ state, message }: Finding) => `${state}: ${message}`;

describe("a store", () => {
  test("gets the value, for a minute in KV", async ({ serve }) => {
    const server = await serve(() => ({ status: 200, body: '{"success":true}' }));
    expect((await checkR2({ ...R2, endpoint: server.url }, VALUE)).map(shown)).toEqual([
      "ok: the bucket b takes objects",
      "ok: this machine's clock agrees with R2",
    ]);
    expect(shown(await checkKv({ ...KV, apiUrl: server.url }, VALUE))).toBe("ok: the namespace n takes keys");
    expect(server.calls.map(({ method, path }) => `${method} ${path?.split("?")[0]}`)).toEqual([
      "PUT /b/probe",
      "HEAD /",
      "PUT /storage/kv/namespaces/n/bulk",
    ]);
    expect(parseJson(server.calls[2]?.body ?? "")).toEqual([
      { key: `probe/${VALUE}`, value: VALUE, expiration_ttl: 60 },
    ]);
  });

  test("that refuses the token is a problem, in the store's words", { timeout: 20_000 }, async ({ serve }) => {
    const server = await serve(() => ({ status: 403, body: '{"success":false,"errors":["no right"]}' }));
    const finding = await checkKv({ ...KV, apiUrl: server.url }, VALUE);
    expect(shown(finding)).toMatch(/^problem: .* answered 403: .*no right/);
    expect(shown((await checkR2({ ...R2, endpoint: server.url }, VALUE))[0] ?? finding)).toMatch(/^problem: PUT probe/);
  });

  test("that do not run must be started", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const advice = "if the registry runs on this machine, start it, and read its origin.env again";
    expect(await checkR2({ ...R2, endpoint: url }, VALUE)).toEqual([expect.objectContaining({ advice })]);
    expect(await checkKv({ ...KV, apiUrl: url }, VALUE)).toMatchObject({ advice });
  });
});

describe("the Worker", () => {
  test("is asked with a signature of the origin's secret", async ({ serve }) => {
    const server = await serve(({ path }) => ({ status: 200, body: path === "/healthz" ? "ok 1.2.3" : "{}" }));
    const answer = await askWorker(new URL(server.url), SECRET, VALUE);
    expect(answer).toMatchObject({ status: 200, release: "1.2.3", refusal: "{}" });
    const { method = "", path = "", headers, body = "" } = server.calls[1] ?? {};
    const timestamp = String(headers?.["cornice-timestamp"]);
    const signature = String(headers?.["cornice-signature"]);
    const call = { method, path, timestamp, body };
    expect(await checkSignature([SECRET], call, signature, Date.now() / 1000)).toBeUndefined();
  });
});

describe("a binary cache", () => {
  const [FIRST] = PATHS;
  const path = FIRST?.path ?? "";

  function settingsOf(env: Readonly<Record<string, string>>, trustedKeys: string): BinaryCacheSettings {
    const substituters = env["CORNICE_NIX_SUBSTITUTERS"];
    const sources = { substituters, trustedKeys, downloadSilenceS: 5, confs: [], netrc: [] };
    const settings = parseBinaryCaches(sources, []);
    if (!settings) throw new Error("there is no cache");
    return settings;
  }

  test("whose key is trusted is well", async ({ cache }) => {
    const env = cache.settings("ok");
    const [finding] = await cacheFindings(settingsOf(env, env["CORNICE_NIX_TRUSTED_KEYS"] ?? ""), [path]);
    expect(finding?.message).toMatch(/ answers, and its signatures are trusted$/);
  });

  test("whose key is not trusted is a problem", async ({ cache }) => {
    const other = makeKey("other-1").publicText;
    const [finding] = await cacheFindings(settingsOf(cache.settings("ok"), other), [path]);
    expect([finding?.state, finding?.advice]).toEqual(["problem", containing("CORNICE_NIX_TRUSTED_KEYS")]);
  });

  test("that does not answer is a problem, and one that has nothing is a warning", async ({ cache }) => {
    const gone = settingsOf({ CORNICE_NIX_SUBSTITUTERS: "http://127.0.0.1:1" }, "");
    expect((await cacheFindings(gone, [path])).map(({ state }) => state)).toEqual(["problem"]);
    const settings = settingsOf(cache.settings("ok"), "");
    const absent = `/nix/store/${"z".repeat(32)}-absent`;
    expect((await cacheFindings(settings, [absent])).map(({ state }) => state)).toEqual(["warning"]);
  });
});

describe("the machine", () => {
  test.each([
    [0, "ok"],
    [11, "warning"],
    [-299, "warning"],
    [301, "problem"],
  ])("with a clock that is %i s ahead is %s", (seconds, state) => {
    expect(clockFinding("R2", 0, seconds * 1000).state).toBe(state);
  });

  test.each([
    [2 ** 40, "ok"],
    [2 ** 32, "warning"],
    [2 ** 20, "problem"],
  ])("with %i bytes of room is %s", (free, state) => {
    expect(diskFinding("/nix/store", free).state).toBe(state);
  });

  test("has a folder that is not there yet on the disk of the folder above it", async ({ directory }) => {
    expect((await checkDisk(join(directory, "a/b"))).message).toContain(`${directory} has `);
  });
});

test.for<[signing: string[], published: string[], state: string]>([
  [[], [], "ok"],
  [["a"], ["a", "b"], "ok"],
  [["a"], [], "warning"],
  [[], ["a"], "warning"],
  [["a"], ["b", "a"], "problem"],
])("keys that sign %j, and keys that are published %j: %s", ([signing, published, state]) => {
  expect(keyFinding(signing, published).state).toBe(state);
});

test.for<[registry: string, known: string | undefined, states: string[]]>([
  ["https://registry.example", "https://registry.example", ["ok"]],
  ["http://127.0.0.1:8787", undefined, ["ok"]],
  ["http://registry.example", undefined, ["problem"]],
  ["https://registry.example", "https://other.example", ["ok", "warning"]],
])("an address %s, known as %s, is %j", ([registry, known, states]) => {
  expect(addressFindings(new URL(registry), known).map(({ state }) => state)).toEqual(states);
});

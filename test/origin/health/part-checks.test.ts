import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { partChecks } from "../../../origin/health/part-checks.ts";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import { createR2Store } from "../../../origin/stores/r2-store.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const KV = { apiUrl: "http://127.0.0.1:1/accounts/1", namespaceId: "n1", apiToken: "token" };
const SIGNAL = new AbortController().signal;

/** Uses a script instead of Nix. */
async function setUp(directory: string, nixStore: string) {
  await writeTree(directory, { "bin/nix-store": { program: `#!/bin/sh\n${nixStore}\n` }, "spool/": "" });
  const options = {
    isolation: withoutIsolation({ PATH: `${directory}/bin:/usr/bin:/bin` }),
    disks: { check: async () => {} },
    nixNeed: { check: async () => {} },
    spoolDirectory: join(directory, "spool"),
    store: createDiskStore(join(directory, "objects")),
    index: createKvIndex(KV),
  };
  const check = async (part: string, changed: Partial<typeof options> = {}) =>
    partChecks({ ...options, ...changed })[part]?.(SIGNAL);
  return { check, options };
}

describe("Nix", () => {
  test("answers which of the paths are not valid", async ({ directory }) => {
    const { check } = await setUp(directory, 'test "$1 $2" = "--check-validity --print-invalid" && echo "$3"');
    await check("nix");
  });

  test.for([
    ["fails", "exit 1", "nix-store ended with exit code 1"],
    ["says nothing", "true", "nix-store did not answer: "],
  ] as const)("is not ready when it %s", async ([, script, message], { directory }) => {
    const { check } = await setUp(directory, script);
    expect(await rejection(check("nix"))).toMatchObject({ message });
  });

  test("is not ready when it is not installed", async ({ directory }) => {
    const { check } = await setUp(directory, "true");
    expect(await rejection(check("nix", { isolation: withoutIsolation({ PATH: directory }) }))).toMatchObject({
      message: "nix-store could not be started",
    });
  });
});

describe("the spool", () => {
  test("is unchanged after the check", async ({ directory }) => {
    const { check, options } = await setUp(directory, "");
    await check("spool");
    expect(await readdir(options.spoolDirectory)).toEqual([]);
  });

  test("is not ready when it is gone", async ({ directory }) => {
    const { check } = await setUp(directory, "");
    expect(await rejection(check("spool", { spoolDirectory: join(directory, "gone") }))).toMatchObject({
      code: "ENOENT",
    });
  });
});

describe("R2", () => {
  const settings = { bucket: "b", accessKeyId: "i", secretAccessKey: "k" };

  test("is ready when it answers that the object is missing", async ({ directory, serve }) => {
    const { check } = await setUp(directory, "");
    const { url: endpoint, calls } = await serve(() => ({ status: 404, body: "" }));
    await check("r2", { store: createR2Store({ ...settings, endpoint }) });
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["HEAD /b/readiness"]);
  });

  test("is not ready when it refuses our key", async ({ directory, serve }) => {
    const { check } = await setUp(directory, "");
    const { url: endpoint } = await serve(() => ({ status: 403, body: "" }));
    const store = createR2Store({ ...settings, endpoint });
    expect(await rejection(check("r2", { store }))).toMatchObject({ message: "HEAD readiness failed at R2" });
  });
});

describe("KV", () => {
  test("is ready when it lists the keys of the namespace", async ({ directory, serve }) => {
    const { check } = await setUp(directory, "");
    const { url, calls } = await serve(() => ({ status: 200, body: '{"success":true,"result":[]}' }));
    await check("kv", { index: createKvIndex({ ...KV, apiUrl: url }) });
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /storage/kv/namespaces/n1/keys?limit=10",
    ]);
  });

  test.for([
    ["there is no such namespace", 404],
    ["it refuses the token", 403],
  ] as const)("is not ready when %s", async ([, status], { directory, serve }) => {
    const { check } = await setUp(directory, "");
    const { url } = await serve(() => ({ status, body: '{"success":false,"errors":[]}' }));
    expect(await rejection(check("kv", { index: createKvIndex({ ...KV, apiUrl: url }) }))).toMatchObject({
      message: `GET ${url}/storage/kv/namespaces/n1/keys?limit=10 answered ${status}: {"success":false,"errors":[]}`,
    });
  });

  test("is not ready when it does not answer", async ({ directory }) => {
    const { check } = await setUp(directory, "");
    expect(await rejection(check("kv"))).toMatchObject({ name: "StoreError" });
  });
});

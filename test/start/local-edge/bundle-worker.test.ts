import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stop } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, expect } from "vitest";
import { bundleWorker } from "../../../start/local-edge/bundle-worker.ts";
import { QUIET } from "../../../start/local-edge/plain-miniflare.ts";
import { digestOf } from "../../../protocol/digest.ts";
import { CONTENTS, GOLDEN_MEMBERS } from "../../image/compression/golden-members.ts";
import { test } from "../../origin/fixtures.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const GZIP_WORKER = `
  import { gzipMember } from "${REPOSITORY}/worker/assembly/gzip-member.ts";
  export default { fetch: async (request) => new Response(gzipMember(new Uint8Array(await request.arrayBuffer()))) };`;

afterAll(stop);

test("a bundle has the WebAssembly that its Worker imports", async ({ directory, onTestFinished }) => {
  const entry = join(directory, "gzip-worker.ts");
  await writeFile(entry, GZIP_WORKER);
  const bundle = await bundleWorker(entry);
  expect(bundle.modules.map(({ type }) => type)).toEqual(["ESModule", "CompiledWasm"]);
  const worker = { ...bundle, name: "gzip", compatibilityDate: "2026-11-01" };
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...QUIET, workers: [worker] }));
  onTestFinished(() => miniflare.dispose());
  for (const [kind, size, digest] of GOLDEN_MEMBERS.filter(([, bytes]) => bytes === 65_536)) {
    const answer = await miniflare.dispatchFetch("http://gzip.internal/", {
      method: "POST",
      body: CONTENTS[kind](size),
    });
    expect(await digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
  }
});

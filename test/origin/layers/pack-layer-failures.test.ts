import { createWriteStream } from "node:fs";
import { readdir, readlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect } from "vitest";
import { packLayer } from "../../../origin/layers/pack-layer.ts";
import { rejection, test, until } from "../fixtures.ts";
import { bytesEntry, fileEntry, MIB, NEVER, pack } from "./packing.ts";

/** Open files of this process below a directory. */
async function openFiles(directory: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return targets.filter((target) => target.startsWith(directory));
}

describe("a file that is not as it was listed ends the packing", () => {
  for (const size of [1000, 3 * MIB]) {
    test(`gone, of ${size} bytes`, async ({ directory }) => {
      const entry = fileEntry("f", join(directory, "gone"), size);
      expect(await rejection(pack([entry], join(directory, "layer")))).toMatchObject({ code: "ENOENT" });
    });

    test.for([-500, 500])(`of ${size} bytes, now of %i more`, async (change, { directory }) => {
      const path = join(directory, "file");
      await writeFile(path, "");
      await truncate(path, size + change);
      const run = rejection(pack([fileEntry("f", path, size), bytesEntry("g", "next")], join(directory, "layer")));
      expect(await run).toMatchObject({ message: expect.stringMatching(/it was listed with|Size mismatch/) });
      await until(async () => (await openFiles(directory)).length === 0);
    });
  }
});

test("a listing that fails is the error", async ({ directory }) => {
  async function* entries() {
    yield bytesEntry("a", "a");
    throw new Error("cannot list");
  }
  expect(await rejection(pack(entries(), join(directory, "layer")))).toMatchObject({ message: "cannot list" });
});

test("a sink that fails is the error", async () => {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) });
  expect(await rejection(packLayer([bytesEntry("a", "a")], sink, NEVER))).toMatchObject({ message: "disk full" });
});

describe("an abort", () => {
  test("before the start rejects, and leaves no file open", async ({ directory }) => {
    const path = join(directory, "file");
    await writeFile(path, "");
    await truncate(path, 50 * MIB);
    const sink = createWriteStream(join(directory, "layer"));
    const signal = AbortSignal.abort(new Error("enough"));
    const error = await rejection(packLayer([fileEntry("f", path, 50 * MIB)], sink, signal));
    expect(error).toMatchObject({ name: "AbortError", cause: { message: "enough" } });
    await until(async () => (await openFiles(directory)).length === 0);
  });

  test("on the way rejects, and leaves no file open", async ({ directory }) => {
    const path = join(directory, "file");
    await writeFile(path, "");
    await truncate(path, 500 * MIB);
    const stop = new AbortController();
    const sink = new Writable({
      write(_chunk, _encoding, done) {
        stop.abort(new Error("enough"));
        done();
      },
    });
    const error = await rejection(packLayer([fileEntry("f", path, 500 * MIB)], sink, stop.signal));
    expect(error).toMatchObject({ name: "AbortError", cause: { message: "enough" } });
    await until(async () => (await openFiles(directory)).length === 0);
  });

  test("stops the listing", async () => {
    let listed = 0;
    const stop = new AbortController();
    function* entries() {
      for (; listed < 100_000; listed++) {
        if (listed === 100) stop.abort();
        yield bytesEntry(String(listed), "x".repeat(1000));
      }
    }
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    await rejection(packLayer(entries(), sink, stop.signal));
    expect(listed).toBeLessThan(1000);
  });
});

import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { extract, type Header } from "tar-stream";
import type { BuiltImage } from "../../cli/built-image.ts";
import { writeArchive } from "../../cli/write-archive.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { rejection, test, until } from "../origin/fixtures.ts";
import { digestOf, NEVER, storedImage } from "./stored-image.ts";

/** The digest of the archive of `storedImage`. It changes only if archives get other bytes. */
const GOLDEN = "9f40abdd4717a583054904a0b3a7c114625a53ef95fab9708ebdc1967f9f6e97";
const LARGE_BYTES = 20_000_000;
const STALL_MS = 10;

async function archiveOf(image: BuiltImage, onBytes: (count: number) => void = () => {}): Promise<Buffer> {
  const sink = new PassThrough();
  const writing = writeArchive(sink, { image, store: image.store, onBytes, signal: NEVER });
  const [bytes] = await Promise.all([buffer(sink), writing]);
  return bytes;
}

async function entriesOf(archive: Buffer): Promise<{ header: Header; text: string }[]> {
  const entries = [];
  for await (const entry of Readable.from([archive]).pipe(extract()))
    entries.push({ header: entry.header, text: (await buffer(entry)).toString() });
  return entries;
}

test("the same image gives the same bytes, on every machine", async ({ directory }) => {
  const digests = [];
  for (const name of ["a", "b"]) {
    const archive = await archiveOf(await storedImage(join(directory, name)));
    digests.push(createHash("sha256").update(archive).digest("hex"));
  }
  expect(digests).toEqual([GOLDEN, GOLDEN]);
});

test("small files come first, then layers in the manifest's order", async ({ directory }) => {
  const image = await storedImage(directory);
  const blob = (digest: string) => `blobs/sha256/${digest.slice("sha256:".length)}`;
  const entries = await entriesOf(await archiveOf(image));
  expect(entries.map(({ header }) => header.name)).toEqual([
    "oci-layout",
    "index.json",
    "manifest.json",
    "blobs",
    "blobs/sha256",
    blob(image.manifest.digest),
    blob(image.config.digest),
    ...image.layers.map(({ digest }) => blob(digest)),
  ]);
  for (const { header, text } of entries.slice(5)) expect(blob(digestOf(text))).toBe(header.name);
});

test("no field depends on the machine or the time", async ({ directory }) => {
  const entries = await entriesOf(await archiveOf(await storedImage(directory)));
  for (const { header } of entries) {
    const mode = header.type === "directory" ? 0o755 : 0o644;
    expect(header).toMatchObject({ mode, mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "", pax: null });
  }
});

test("each byte of a blob is reported once", async ({ directory }) => {
  const image = await storedImage(directory);
  let seen = 0;
  await archiveOf(image, (count) => (seen += count));
  expect(seen).toBe([image.config, ...image.layers].reduce((sum, { size }) => sum + size, 0));
});

describe("no complete archive comes from", () => {
  test.for([
    ["other bytes", "git and its libraries".toUpperCase()],
    ["fewer bytes", "git"],
    ["more bytes", "git and its libraries and more"],
  ] as const)("a cache with %s", async ([, text], { directory }) => {
    const image = await storedImage(directory);
    const { digest } = image.layers[0] ?? image.config;
    await writeFile(join(directory, blobKey(digest)), text);
    expect(await rejection(archiveOf(image))).toMatchObject({
      name: "CliError",
      message: `the cache is damaged: ${digest} does not match its bytes; remove the cache, or use --no-cache`,
    });
  });

  /** Takes a first piece, then fails while the writer waits, like a pipe whose reader goes away. */
  function fullSink(): Writable {
    let free = 100_000;
    return new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        free -= chunk.length;
        if (free > 0) done();
        else setTimeout(() => done(new Error("full")), STALL_MS);
      },
    });
  }

  /** Its layers have many chunks, so that the write takes a while. */
  async function largeImage(directory: string): Promise<BuiltImage> {
    const image = await storedImage(directory);
    const bytes = Buffer.alloc(LARGE_BYTES);
    const layer = { digest: digestOf(bytes), size: bytes.length };
    await image.store.put(blobKey(layer.digest), { kind: "bytes", bytes }, { contentType: "text/plain" });
    return { ...image, layers: image.layers.map((described) => ({ ...described, ...layer })) };
  }

  test("a write that is stopped", async ({ directory }) => {
    const image = await largeImage(directory);
    const stop = new AbortController();
    const sink = createWriteStream(join(directory, "image.tar"));
    const onBytes = () => queueMicrotask(() => stop.abort(new Error("stopped")));
    const writing = writeArchive(sink, { image, store: image.store, onBytes, signal: stop.signal });
    expect(await rejection(writing)).toMatchObject({ name: "AbortError" });
    await until(() => sink.closed);
  });

  test("a sink that fails", async ({ directory }) => {
    const image = await largeImage(directory);
    const writing = writeArchive(fullSink(), { image, store: image.store, onBytes: () => {}, signal: NEVER });
    expect(await rejection(writing)).toMatchObject({ message: "full" });
  });
});

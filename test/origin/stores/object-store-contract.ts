import { createReadStream } from "node:fs";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ObjectContent,
  type ObjectStore,
  readBytes,
  readRecord,
  readText,
} from "../../../origin/stores/object-store.ts";
import { rejection } from "../fixtures.ts";
import { removeFolder } from "../../remove-folder.ts";

const OPTIONS = { contentType: "application/octet-stream" };
const LARGE_BYTES = 20_000_000;

/** The tests that every backend passes. Their keys are new, so the store may be shared, and need not be empty. */
export function describeObjectStore(name: string, create: () => Promise<ObjectStore>): void {
  describe(`${name} is an object store`, () => {
    let store: ObjectStore;
    let directory: string;
    beforeAll(async () => {
      store = await create();
      directory = await mkdtemp(join(tmpdir(), "cornice-contract-"));
    });
    afterAll(() => removeFolder(directory));

    function newKey(): string {
      return `contract/${randomUUID()}`;
    }

    function bytesOf(text: string | Uint8Array): ObjectContent {
      return { kind: "bytes", bytes: Buffer.from(text) };
    }

    async function fileOf(bytes: Uint8Array): Promise<ObjectContent & { path: string }> {
      const path = join(directory, randomUUID());
      await writeFile(path, bytes);
      return { kind: "file", path, size: bytes.length };
    }

    async function read(key: string): Promise<string | undefined> {
      const stream = await store.open(key);
      return stream && String(await buffer(stream));
    }

    test("a missing object is undefined", async () => {
      const key = newKey();
      expect([await store.head(key), await store.open(key)]).toEqual([undefined, undefined]);
    });

    test("bytes come back as they were put", async () => {
      const key = newKey();
      await store.put(key, bytesOf("größe\0\n"), OPTIONS);
      expect(await read(key)).toBe("größe\0\n");
    });

    test("a file comes back as it was put, and stays", async () => {
      const key = newKey();
      const content = await fileOf(Buffer.from("abc"));
      await store.put(key, content, OPTIONS);
      expect(await read(key)).toBe("abc");
      expect(String(await buffer(createReadStream(content.path)))).toBe("abc");
    });

    test("the head has the size in bytes", async () => {
      const key = newKey();
      await store.put(key, bytesOf("größe"), OPTIONS);
      expect(await store.head(key)).toEqual({ size: 7 });
    });

    test("an object without bytes is not missing", async () => {
      const [inMemory, onDisk] = [newKey(), newKey()];
      await store.put(inMemory, bytesOf(""), OPTIONS);
      await store.put(onDisk, await fileOf(Buffer.alloc(0)), OPTIONS);
      expect([await store.head(inMemory), await store.head(onDisk)]).toEqual([{ size: 0 }, { size: 0 }]);
      expect([await read(inMemory), await read(onDisk)]).toEqual(["", ""]);
    });

    test("a file of 20 MB comes back whole", async () => {
      const key = newKey();
      const bytes = randomBytes(LARGE_BYTES);
      await store.put(key, await fileOf(bytes), OPTIONS);
      expect(await store.head(key)).toEqual({ size: LARGE_BYTES });
      const hash = createHash("sha256");
      for await (const chunk of (await store.open(key)) ?? []) hash.update(Buffer.from(chunk));
      expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
    });

    test("a put replaces the old object", async () => {
      const key = newKey();
      await store.put(key, bytesOf("a longer one"), OPTIONS);
      await store.put(key, bytesOf("short"), OPTIONS);
      expect([await store.head(key), await read(key)]).toEqual([{ size: 5 }, "short"]);
    });

    test("keys with slashes do not mix", async () => {
      const key = newKey();
      await store.put(`${key}/a/b`, bytesOf("1"), OPTIONS);
      await store.put(`${key}/a/c`, bytesOf("2"), OPTIONS);
      expect([await read(`${key}/a/b`), await read(`${key}/a/c`), await read(`${key}/b`)]).toEqual([
        "1",
        "2",
        undefined,
      ]);
    });

    test("after puts at the same time, one of the objects is there whole", async () => {
      const key = newKey();
      const contents = ["a", "b", "c", "d"].map((letter) => Buffer.alloc(300_000, letter));
      await Promise.all(
        contents.map(async (bytes, index) =>
          store.put(key, index % 2 === 0 ? bytesOf(bytes) : await fileOf(bytes), OPTIONS),
        ),
      );
      expect(contents.map(String)).toContain(await read(key));
    });

    test("a reader during a put finds the old or the new object, whole", async () => {
      const key = newKey();
      const [old, next] = [Buffer.alloc(300_000, "o"), Buffer.alloc(400_000, "n")];
      await store.put(key, bytesOf(old), OPTIONS);
      const put = store.put(key, await fileOf(next), OPTIONS);
      const found = await Promise.all(Array.from({ length: 5 }, () => read(key)));
      await put;
      for (const text of found) expect([String(old), String(next)]).toContain(text);
      expect(await read(key)).toBe(String(next));
    });

    test("a put that fails leaves the old object", async () => {
      const key = newKey();
      await store.put(key, bytesOf("old"), OPTIONS);
      const gone: ObjectContent = { kind: "file", path: join(directory, "gone"), size: 3 };
      expect(await rejection(store.put(key, gone, OPTIONS))).toMatchObject({ code: "ENOENT" });
      expect(await read(key)).toBe("old");
    });

    test("a put that is aborted puts nothing", async () => {
      const key = newKey();
      const content = await fileOf(randomBytes(1_000_000));
      const signal = AbortSignal.abort();
      expect(await rejection(store.put(key, content, { ...OPTIONS, signal }))).toMatchObject({ name: "AbortError" });
      expect(await store.head(key)).toBeUndefined();
    });

    test("a prefix has any object, or none", async () => {
      const key = newKey();
      expect(await store.hasAny(`${key}/`)).toBe(false);
      await store.put(`${key}/a`, bytesOf("1"), OPTIONS);
      expect(await store.hasAny(`${key}/`)).toBe(true);
    });

    test("an opened stream may be destroyed", async () => {
      const key = newKey();
      await store.put(key, await fileOf(randomBytes(1_000_000)), OPTIONS);
      const stream = await store.open(key);
      stream?.destroy();
      expect(await store.head(key)).toEqual({ size: 1_000_000 });
    });

    test("a record is read as JSON, and anything else as missing", async () => {
      const [record, garbage, long] = [newKey(), newKey(), newKey()];
      await store.put(record, bytesOf('{"a":"ä"}'), OPTIONS);
      await store.put(garbage, bytesOf("{"), OPTIONS);
      await store.put(long, bytesOf(`"${"x".repeat(65_536)}"`), OPTIONS);
      const records = [record, garbage, long, newKey()].map((key) => readRecord(store, key));
      expect(await Promise.all(records)).toEqual([{ a: "ä" }, undefined, undefined, undefined]);
    });

    test("a text is read up to its limit", async () => {
      const key = newKey();
      await store.put(key, bytesOf("12345"), OPTIONS);
      expect([await readText(store, key, 5), await readText(store, key, 4)]).toEqual(["12345", undefined]);
      const bytes = Buffer.from("12345");
      expect([await readBytes(store, key, 5), await readBytes(store, key, 4)]).toEqual([bytes, undefined]);
    });
  });
}

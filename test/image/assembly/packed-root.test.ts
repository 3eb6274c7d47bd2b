import { expect, test } from "vitest";
import { packRoot } from "../../../image/assembly/packed-root.ts";
import { tarBytes } from "../../../image/tar/tar-bytes.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { digestOf } from "../../../protocol/digest.ts";

const MIB = 1_048_576;
/** The header, and the two blocks at the end of the tar. */
const OVERHEAD_BYTES = 1536;

function fileOf(bytes: number): TarEntry {
  return { type: "file", name: "x", mode: 0o444, content: { kind: "bytes", bytes: new Uint8Array(bytes) } };
}

test("a root layer is compressed in members of 1 MiB", async () => {
  const sizes: number[] = [];
  const entries = [fileOf(2 * MIB)];
  const packed = await packRoot(entries, (bytes) => {
    sizes.push(bytes.length);
    return bytes.slice(0, 10);
  });
  const tar = tarBytes(entries);
  expect(sizes).toEqual([MIB, MIB, OVERHEAD_BYTES]);
  expect(packed.bytes).toEqual(
    new Uint8Array([...tar.subarray(0, 10), ...tar.subarray(MIB, MIB + 10), ...new Uint8Array(10)]),
  );
  expect(packed).toMatchObject({ size: 30, diffId: await digestOf(tar), digest: await digestOf(packed.bytes) });
});

test("a root layer of more than 8 MiB is left to the origin", async () => {
  const compress = () => new Uint8Array(1);
  expect((await packRoot([fileOf(8 * MIB - OVERHEAD_BYTES)], compress)).size).toBe(8);
  const error = { name: "CannotAssemble", message: "its root layer is too large" };
  await expect(packRoot([fileOf(8 * MIB)], compress)).rejects.toMatchObject(error);
});

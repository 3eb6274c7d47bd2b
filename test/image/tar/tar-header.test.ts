import { expect, test } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";
import { bytesEntry, fileEntry, SMALL_TREE, symlinkEntry } from "./entries.ts";

test("a pax header is written only if a name, target or size does not fit", () => {
  const blocks = (entry: TarEntry) => tarHeader(entry).length / 512;
  expect(blocks(bytesEntry("x".repeat(100), ""))).toBe(1);
  expect(blocks(bytesEntry(`${"d".repeat(155)}/${"x".repeat(100)}`, ""))).toBe(1);
  expect(blocks(bytesEntry("x".repeat(101), ""))).toBe(3);
  expect(blocks(symlinkEntry("l", "t".repeat(100)))).toBe(1);
  expect(blocks(symlinkEntry("l", "t".repeat(101)))).toBe(3);
  expect(blocks(fileEntry("f", "/f", 8 * 1024 ** 3 - 1))).toBe(1);
  expect(blocks(fileEntry("f", "/f", 8 * 1024 ** 3))).toBe(3);
});

test("the headers of a small tree are fixed to the byte", async () => {
  // If they must change, raise FORMAT_VERSION in image/layers/format-version.ts.
  const headers = new Uint8Array(SMALL_TREE.flatMap((entry) => [...tarHeader(entry)]));
  expect(await digestOf(headers)).toBe("sha256:6e7938d8d45e90022c372e7b400034f61f7f34e48e221b1772067645982ffad3");
});

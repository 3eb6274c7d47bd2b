import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { createDigestFilter, foldedFilter } from "../../protocol/digest-filter.ts";

function hashes(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) => createHash("sha256").update(`${name} ${place}`).digest("hex"));
}

it("a filter has its members, and takes few others for members", () => {
  const filter = createDigestFilter(1000);
  for (const hash of hashes("member", 1000)) filter.add(hash);
  expect(hashes("member", 1000).every((hash) => filter.has(hash))).toBe(true);
  expect(hashes("other", 10_000).filter((hash) => filter.has(hash)).length).toBeLessThan(20);
});

it("a filter that is too large is folded, and keeps its members", () => {
  const filter = createDigestFilter(2 ** 16);
  for (const hash of hashes("member", 1000)) filter.add(hash);
  const folded = foldedFilter(filter, 1000);
  expect(folded.bytes.length).toBe(2048);
  expect(hashes("member", 1000).every((hash) => folded.has(hash))).toBe(true);
  expect(hashes("other", 10_000).filter((hash) => folded.has(hash)).length).toBeLessThan(20);
});

it("a filter of the right size stays as it is", () => {
  const filter = createDigestFilter(1500);
  expect(foldedFilter(filter, 1500).bytes).toEqual(filter.bytes);
  expect(foldedFilter(filter, 3000).bytes).toEqual(filter.bytes);
});

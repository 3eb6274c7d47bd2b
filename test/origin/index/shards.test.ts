import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import { MAX_SMALL_BYTES, memberObject, unpackSmall } from "../../../image/names/index-format.ts";
import { shardDigits } from "../../../image/names/shard-digits.ts";
import { buildShards } from "../../../origin/index/shards.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** Packages with hashes of their own: a hash does not compress. */
function packages(count: number): Map<string, IndexEntry> {
  const path = (name: string) => `/nix/store/${hash(name).replaceAll("e", "z").slice(0, 32)}-${name}-1.0`;
  const names = Array.from({ length: count }, (_, index) => `package-${index}`);
  return new Map(names.map((name) => [name, { kind: "package", attribute: name, paths: [path(name)] }]));
}

async function namesIn(bytes: Uint8Array | undefined): Promise<string[]> {
  const object = await unpackSmall(bytes ?? Buffer.of());
  return Object.keys(memberObject(object?.members ?? {}, "entries"));
}

test.each([
  [0, 0],
  [400, 0],
  [401, 1],
  [6400, 1],
  [6401, 2],
])("%d names are in shards with %d digits", async (count, digits) => {
  const shards = await buildShards(packages(count));
  expect([shards.digits, shards.objects.size]).toEqual([digits, 16 ** digits]);
});

test("the shard of a name follows from the SHA-256 of the name", async () => {
  expect(await shardDigits("git", 2)).toBe(hash("git").slice(0, 2));
  const { objects, digits } = await buildShards(packages(500));
  const shard = await shardDigits("package-7", digits);
  expect(await namesIn(objects.get(shard))).toContain("package-7");
});

test("each name is in one shard", async () => {
  const entries = packages(1000);
  const { objects } = await buildShards(entries);
  const names = await Promise.all([...objects.values()].map(namesIn));
  expect(names.flat().toSorted()).toEqual([...entries.keys()].toSorted());
});

test("the order of the entries does not change a byte", async () => {
  const entries = packages(500);
  const reversed = new Map([...entries].toReversed());
  expect(await buildShards(reversed)).toEqual(await buildShards(entries));
});

describe("long reasons", () => {
  const failed = (name: string): [string, IndexEntry] => [name, { kind: "failed", reason: hash(name).repeat(15) }];
  /** Text that does not compress. */
  const noise = (name: string) => Array.from({ length: 15 }, (_, index) => hash(`${name}-${index}`)).join("");

  test("lead to more shards, so that each one stays small", async () => {
    const entries = new Map(
      Array.from({ length: 300 }, (_, index): [string, IndexEntry] => [
        `n${index}`,
        { kind: "failed", reason: noise(`n${index}`) },
      ]),
    );
    const { digits, objects } = await buildShards(entries);
    expect(digits).toBe(1);
    expect(Math.max(...[...objects.values()].map(({ length }) => length))).toBeLessThanOrEqual(MAX_SMALL_BYTES);
  });

  test("that are alike need no room", async () => {
    const entries = new Map(Array.from({ length: 300 }, (_, index) => failed(`n${index % 3}`)));
    expect((await buildShards(entries)).digits).toBe(0);
  });
});

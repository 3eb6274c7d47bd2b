import { expect, test } from "vitest";
import { mergeSorted } from "../../../worker/registry/merge-sorted.ts";

/** A list that tells how far it was read. */
async function* listOf(texts: readonly string[], read: string[]): AsyncGenerator<string, void> {
  for (const text of texts) {
    read.push(text);
    yield text;
  }
}

async function merge(lists: Readonly<Record<string, readonly string[]>>): Promise<readonly unknown[]> {
  const merged: unknown[] = [];
  const labelled = Object.entries(lists).map(([label, texts]) => ({ label, texts: listOf(texts, []) }));
  for await (const { text, labels } of mergeSorted(labelled)) merged.push([text, ...labels]);
  return merged;
}

test.each([
  [{}, []],
  [{ one: [], two: [] }, []],
  [
    { one: ["a", "c"], two: [] },
    [
      ["a", "one"],
      ["c", "one"],
    ],
  ],
  [
    { one: ["a", "c"], two: ["b", "c", "d"] },
    [
      ["a", "one"],
      ["b", "two"],
      ["c", "one", "two"],
      ["d", "two"],
    ],
  ],
  [{ one: ["x"], two: ["x"], three: ["x"] }, [["x", "one", "two", "three"]]],
  // In keys, a colon ends a name: `git-lfs:` comes before `git:`.
  [
    { one: ["git-lfs:", "git/htop:", "git:"], two: ["git:"] },
    [
      ["git-lfs:", "one"],
      ["git/htop:", "one"],
      ["git:", "one", "two"],
    ],
  ],
])("%j", async (lists, merged) => {
  expect(await merge(lists)).toEqual(merged);
});

test("the lists are read no further than needed", async () => {
  const read: string[] = [];
  const lists = [
    ["a", "c", "e"],
    ["b", "d", "f"],
  ].map((texts) => ({ label: 0, texts: listOf(texts, read) }));
  for await (const { text } of mergeSorted(lists)) if (text === "b") break;
  expect(read).toEqual(["a", "b", "c"]);
});

import { describe, expect, test } from "vitest";
import { Turns } from "../../../origin/packing/turns.ts";

const MIB = 1_048_576;

class Work {
  readonly name: string;
  readonly estimate: number;
  readonly #size: number;
  read = 0;

  /** `size` is what there really is, in MiB. */
  constructor(name: string, size: number, estimate = size) {
    this.name = name;
    this.estimate = estimate * MIB;
    this.#size = size * MIB;
  }

  get wantsTurn(): boolean {
    return this.read < this.#size;
  }
}

/** Whose turn it is, one MiB at a time. */
function order(...all: readonly Work[]): string {
  const turns = new Turns<Work>();
  for (const work of all) turns.add(work);
  let given = "";
  for (let work = turns.next(); work; work = turns.next()) {
    given += work.name;
    work.read += MIB;
  }
  return given;
}

describe("turns are given", () => {
  test.each<[string, string, Work[]]>([
    ["to one alone without end", "aaaaaa", [new Work("a", 6)]],
    ["to the shortest, and every fourth to the oldest", "bbbabaaaaaaaa", [new Work("a", 9), new Work("b", 4)]],
    ["to the oldest of those as short", "aabb", [new Work("a", 2), new Work("b", 2)]],
    ["to the one with the least left", "bbbabccaccca", [new Work("a", 3, 30), new Work("b", 4), new Work("c", 5)]],
    ["to none where there is none", "", []],
  ])("%s", (_, given, all) => {
    expect(order(...all)).toBe(given);
  });
});

test("one that has more than it was said to have does not stay the shortest", () => {
  const liar = new Work("a", 40, 1);
  const small = new Work("b", 3);
  const turns = new Turns<Work>();
  turns.add(new Work("c", 1000));
  turns.add(liar);
  for (let count = 0; count < 20; count++) {
    const work = turns.next();
    if (work) work.read += MIB;
  }
  turns.add(small);
  let waited = 0;
  for (; small.wantsTurn; waited++) {
    const work = turns.next();
    if (work) work.read += MIB;
  }
  expect(waited).toBeLessThanOrEqual(4);
});

test("what was taken away gets none, nor what cannot go on now", () => {
  const turns = new Turns<Work>();
  const [gone, waiting, ready] = [new Work("a", 1), new Work("b", 0), new Work("c", 1)];
  for (const work of [gone, waiting, ready]) turns.add(work);
  turns.delete(gone);
  expect(turns.next()).toBe(ready);
});

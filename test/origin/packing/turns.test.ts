import { describe, expect, test } from "vitest";
import { Turns } from "../../../origin/packing/turns.ts";

const MIB = 1_048_576;

class Work {
  readonly name: string;
  readonly estimate: number;
  readonly #size: number;
  read = 0;

  /** `size`: the real size, in MiB. */
  constructor(name: string, size: number, estimate = size) {
    this.name = name;
    this.estimate = estimate * MIB;
    this.#size = size * MIB;
  }

  get wantsTurn(): boolean {
    return this.read < this.#size;
  }
}

/** Gives all turns, one MiB each. Returns the names in order. */
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
    ["to the only work, until its end", "aaaaaa", [new Work("a", 6)]],
    ["to the shortest, and every fourth to the oldest", "bbbabaaaaaaaa", [new Work("a", 9), new Work("b", 4)]],
    ["to the oldest of several equally short ones", "aabb", [new Work("a", 2), new Work("b", 2)]],
    ["to the work with the least left", "bbbabccaccca", [new Work("a", 3, 30), new Work("b", 4), new Work("c", 5)]],
    ["to none if there is no work", "", []],
  ])("%s", (_, given, all) => {
    expect(order(...all)).toBe(given);
  });
});

test("work beyond its estimate does not stay the shortest", () => {
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

test("removed work gets no turn, nor does work that cannot go on now", () => {
  const turns = new Turns<Work>();
  const [gone, waiting, ready] = [new Work("a", 1), new Work("b", 0), new Work("c", 1)];
  for (const work of [gone, waiting, ready]) turns.add(work);
  turns.delete(gone);
  expect(turns.next()).toBe(ready);
});

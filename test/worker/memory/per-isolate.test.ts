import { expect, test } from "vitest";
import { perIsolate } from "../../../worker/memory/per-isolate.ts";

test("a key's value is made once, at the first call", () => {
  const counts = perIsolate(({ start }: { readonly start: number }) => ({ count: start }));
  const [key, other] = [{ start: 1 }, { start: 1 }];
  expect(counts.known(key)).toBeUndefined();
  const made = counts(key);
  expect([counts(key), counts.known(key)].every((value) => value === made)).toBe(true);
  expect(counts(other)).not.toBe(made);
});

test("if making a value fails, the next call tries again", () => {
  let isBroken = true;
  const values = perIsolate(() => {
    if (isBroken) throw new Error("broken");
    return "made";
  });
  const key = {};
  expect(() => values(key)).toThrow("broken");
  expect(values.known(key)).toBeUndefined();
  isBroken = false;
  expect(values(key)).toBe("made");
});

import { expect, test } from "vitest";
import { createRefreshed } from "../../../origin/sources/refreshed.ts";
import { rejection } from "../fixtures.ts";

test("callers at the same time share one load", async () => {
  let loads = 0;
  const value = createRefreshed(
    async () => (loads += 1),
    () => 0,
  );
  expect(await Promise.all([value.get(10), value.get(0), value.get(10)])).toEqual([1, 1, 1]);
});

test("a value is kept until it reaches the caller's maximum age", async () => {
  let loads = 0;
  let now = 0;
  const value = createRefreshed(
    async () => (loads += 1),
    () => now,
  );
  const ages = [0, 9, 10, 19, 20];
  const values: number[] = [];
  for (now of ages) values.push(await value.get(10));
  expect(values).toEqual([1, 1, 2, 2, 3]);
  expect(await value.get(0)).toBe(4);
});

test("the age of a value starts when its load starts", async () => {
  let now = 0;
  const value = createRefreshed(
    async () => (now += 8),
    () => now,
  );
  expect([await value.get(10), await value.get(10)]).toEqual([8, 8]);
  now = 10;
  expect(await value.get(10)).toBe(18);
});

test("a failure is not kept, and callers that accept the old value still get it", async () => {
  let now = 0;
  let fails = false;
  const value = createRefreshed(
    () => (fails ? Promise.reject(new Error("down")) : Promise.resolve("up")),
    () => now,
  );
  await value.get(10);
  fails = true;
  now = 10;
  expect(await rejection(value.get(10))).toMatchObject({ message: "down" });
  expect(await value.get(11)).toBe("up");
  fails = false;
  expect(await value.get(10)).toBe("up");
});

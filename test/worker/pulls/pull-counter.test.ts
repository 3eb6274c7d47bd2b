import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";

afterEach(() => reset());

const counter = () => env.PULLS.getByName("test");

async function add(image: string, times: number): Promise<void> {
  for (let count = 0; count < times; count++) await counter().add(new Map([[image, 1]]));
}

test("the list has the most pulled images first, and no more than requested", async () => {
  await add("seldom", 1);
  await add("often", 5);
  await add("sometimes", 3);
  expect(await counter().top(2)).toEqual(["often", "sometimes"]);
});

test("pulls are added up from all reports", async () => {
  await counter().add(
    new Map([
      ["a", 3],
      ["b", 2],
    ]),
  );
  await counter().add(
    new Map([
      ["b", 2],
      ["c", 1],
    ]),
  );
  expect(await counter().top(5)).toEqual(["b", "a", "c"]);
});

test("without pulls the list is empty", async () => {
  expect(await counter().top(20)).toEqual([]);
});

test("images that were pulled long ago give way to images that are pulled now", async () => {
  await add("former", 10);
  await runInDurableObject(counter(), (instance) => {
    for (let run = 0; run < 240; run++) instance.top(1);
  });
  await add("current", 6);
  expect(await counter().top(2)).toEqual(["current", "former"]);
});

test("a list for people makes no pull older", async () => {
  await add("former", 10);
  await runInDurableObject(counter(), (instance) => {
    for (let look = 0; look < 240; look++) instance.list(1);
  });
  await add("current", 6);
  expect(await counter().list(2)).toEqual(["former", "current"]);
});

test("beyond a thousand images the least pulled one is removed, never the newest", async () => {
  await add("popular", 3);
  await runInDurableObject(counter(), (instance) => {
    for (let index = 0; index < 1500; index++) instance.add(new Map([[`image ${index}`, 1]]));
  });
  const known = await counter().top(5000);
  expect(known).toHaveLength(1000);
  expect(known[0]).toBe("popular");
  expect(known).toContain("image 1499");
});

import { describe, expect, test } from "vitest";
import { createUploadSlots } from "../../../origin/layers/upload-slots.ts";
import { rejection } from "../fixtures.ts";

const NEVER = new AbortController().signal;

/** Uploads that end when the test says so, and those that have begun. */
function setUp() {
  const slots = createUploadSlots({ requests: 3, bytes: 100 });
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const start = (name: string, bytes: number, signal = NEVER) => {
    const end = Promise.withResolvers<void>();
    ends.set(name, end);
    return slots.run(bytes, signal, () => {
      begun.push(name);
      return end.promise;
    });
  };
  const end = async (name: string, error?: Error) => {
    if (error) ends.get(name)?.reject(error);
    else ends.get(name)?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, start, end };
}

test("uploads are limited by their number", async () => {
  const { begun, start, end } = setUp();
  for (const name of ["a", "b", "c", "d", "e"]) void start(name, 1);
  await end("");
  expect(begun).toEqual(["a", "b", "c"]);
  await end("b");
  expect(begun).toEqual(["a", "b", "c", "d"]);
});

test("uploads are limited by their bytes, and keep their order", async () => {
  const { begun, start, end } = setUp();
  void start("a", 60);
  void start("large", 50);
  void start("small", 1);
  await end("");
  expect(begun).toEqual(["a"]);
  await end("a");
  expect(begun).toEqual(["a", "large", "small"]);
});

test("an upload that is larger than the limit runs alone", async () => {
  const { begun, start, end } = setUp();
  void start("huge", 1000);
  void start("b", 1);
  await end("");
  expect(begun).toEqual(["huge"]);
  await end("huge");
  expect(begun).toEqual(["huge", "b"]);
});

describe("the place is free again", () => {
  test("after a failure", async () => {
    const { begun, start, end } = setUp();
    const failed = rejection(start("a", 100));
    void start("b", 100);
    await end("a", new Error("cut"));
    expect([await failed, begun]).toMatchObject([{ message: "cut" }, ["a", "b"]]);
  });

  test("if an upload that waits is stopped", async () => {
    const { begun, start, end } = setUp();
    void start("a", 60);
    const stop = new AbortController();
    const stopped = rejection(start("large", 50, stop.signal));
    void start("c", 40);
    stop.abort(new Error("enough"));
    expect(await stopped).toMatchObject({ message: "enough" });
    await end("");
    expect(begun).toEqual(["a", "c"]);
  });
});

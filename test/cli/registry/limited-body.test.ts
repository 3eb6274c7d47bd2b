import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limitedBody, readBody } from "../../../cli/registry/limited-body.ts";
import { rejection } from "../../origin/fixtures.ts";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => void vi.useRealTimers());

test("a body that is read, refused or left leaves no timer behind", async () => {
  await readBody(new Response("12345"), 5);
  expect(vi.getTimerCount()).toBe(0);
  await rejection(readBody(new Response("12345"), 4));
  expect(vi.getTimerCount()).toBe(0);
  for await (const chunk of limitedBody(new Response("12345"), 5)) if (chunk.length > 0) break;
  expect(vi.getTimerCount()).toBe(0);
});

test("a server that sends nothing for a minute counts as down", async () => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
  const failed = rejection(readBody(new Response(body), 5));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await failed).toMatchObject({ message: "the server sent nothing for 60 s", isTransient: true });
});

test("a slow server is read to the end", async () => {
  const chunks = [1, 2, 3, 4];
  const body = new ReadableStream({
    pull: (controller) =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          const chunk = chunks.shift();
          if (chunk === undefined) controller.close();
          else controller.enqueue(Uint8Array.of(chunk));
          resolve();
        }, 50_000);
      }),
  });
  const reading = readBody(new Response(body), 5);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(await reading).toEqual(Uint8Array.of(1, 2, 3, 4));
});

import { env } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import { type BodyFork, forkBody } from "../../../worker/stores/fork-body.ts";

const MIB = 1 << 20;
const CHUNK = 131_072;

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** A body that counts how many bytes were asked for. */
function producer(size: number, failAt = Infinity) {
  const progress = { produced: 0, cancelled: false };
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (progress.produced >= failAt) return controller.error(new Error("R2 broke off"));
      const bytes = new Uint8Array(Math.min(65_536, size - progress.produced)).fill(progress.produced / 65_536);
      progress.produced += bytes.length;
      controller.enqueue(bytes);
      if (progress.produced === size) controller.close();
    },
    cancel() {
      progress.cancelled = true;
    },
  });
  return { body, progress };
}

async function readBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Reads a stream to its end: 128 KiB, then a pause of this many milliseconds, and so on. */
async function readSlowly(stream: ReadableStream<Uint8Array>, pauseMs: number): Promise<number> {
  const reader = stream.getReader({ mode: "byob" });
  for (let length = 0; ;) {
    const { value, done } = await reader.readAtLeast(CHUNK, new Uint8Array(CHUNK));
    if (done) return length;
    length += value.length;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

describe("both readers get every byte", () => {
  test.each([0, 1, CHUNK, CHUNK + 1, 3 * MIB + 5])("of %i", async (size) => {
    const bytes = new Uint8Array(size).map((_, index) => index % 251);
    await env.R2.put("body", bytes);
    const object = await env.R2.get("body");
    const fork = forkBody(object?.body ?? new ReadableStream(), size);
    const [client, copy] = await Promise.all([readBytes(fork.client), readBytes(fork.copy)]);
    expect(await digestOf(client)).toBe(await digestOf(bytes));
    expect(await digestOf(copy)).toBe(await digestOf(bytes));
    await fork.passage;
  });
});

test("the length of both is announced", async () => {
  const { body } = producer(MIB);
  const fork = forkBody(body, MIB);
  // R2 takes only streams of a known length.
  await Promise.all([env.R2.put("client", fork.client), env.R2.put("copy", fork.copy)]);
  expect((await env.R2.head("client"))?.size).toBe(MIB);
  expect((await env.R2.head("copy"))?.size).toBe(MIB);
});

test("if the client does not read, the body waits, and memory stays small", async () => {
  const { body, progress } = producer(32 * MIB);
  const fork = forkBody(body, 32 * MIB);
  const copy = fork.copy.getReader();
  await copy.read();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(progress.produced).toBeLessThanOrEqual(MIB);
  await leave(fork);
});

describe("a copy that is too slow is given up, and the client gets its body", () => {
  test("if nobody reads it", async () => {
    const { body } = producer(32 * MIB);
    const fork = forkBody(body, 32 * MIB);
    expect(await new Response(fork.client).arrayBuffer()).toHaveProperty("byteLength", 32 * MIB);
    await fork.passage;
    await expect(fork.copy.getReader().read()).rejects.toThrow();
  });

  test("if it is read with long pauses", async () => {
    const { body } = producer(4 * MIB);
    const fork = forkBody(body, 4 * MIB);
    const copied = readSlowly(fork.copy, 150);
    expect(await new Response(fork.client).arrayBuffer()).toHaveProperty("byteLength", 4 * MIB);
    await expect(copied).rejects.toThrow();
  });
});

test("a copy that is a little behind gets everything", async () => {
  const { body } = producer(2 * MIB);
  const fork = forkBody(body, 2 * MIB);
  const [client, copied] = await Promise.all([readBytes(fork.client), readSlowly(fork.copy, 10)]);
  expect([client.length, copied]).toEqual([2 * MIB, 2 * MIB]);
});

test("when the client leaves, the body is closed and the copy breaks off", async () => {
  const { body, progress } = producer(32 * MIB);
  const fork = forkBody(body, 32 * MIB);
  const copied = readBytes(fork.copy);
  await leave(fork);
  await expect(copied).rejects.toThrow();
  expect(progress.cancelled).toBe(true);
});

test("when the body breaks off, no reader takes the part for the whole", async () => {
  const { body } = producer(4 * MIB, MIB);
  const fork = forkBody(body, 4 * MIB);
  const [client, copy] = await Promise.allSettled([readBytes(fork.client), readBytes(fork.copy)]);
  expect([client.status, copy.status]).toEqual(["rejected", "rejected"]);
});

async function leave({ client, passage }: BodyFork): Promise<void> {
  const reader = client.getReader();
  await reader.read();
  await reader.cancel();
  await passage;
}

import { expect, test } from "vitest";
import { BufferPool } from "../../../origin/unpacking/buffer-pool.ts";
import { BufferedFeed } from "../../../origin/unpacking/buffered-feed.ts";
import { BUFFER_BYTES, BUFFERS_A_FEED } from "../../../origin/unpacking/messages.ts";
import { rejection } from "../fixtures.ts";

function setUp() {
  const sent: Uint8Array<ArrayBuffer>[] = [];
  const pool = new BufferPool();
  return { sent, pool, feed: new BufferedFeed(pool, (bytes) => sent.push(bytes)) };
}

test("bytes are sent in full buffers, and the rest at the end", async () => {
  const { sent, feed } = setUp();
  await feed.write(new Uint8Array(BUFFER_BYTES - 1).fill(1));
  await feed.write(Uint8Array.of(2, 3));
  expect(sent.map(({ length }) => length)).toEqual([BUFFER_BYTES]);
  feed.flush();
  feed.flush();
  expect(sent.map(({ length }) => length)).toEqual([BUFFER_BYTES, 1]);
  expect([sent[0]?.at(-1), sent[1]?.[0]]).toEqual([2, 3]);
});

test("a feed waits while all of its buffers are on their way", async () => {
  const { sent, feed } = setUp();
  let isWritten = false;
  const writing = feed.write(new Uint8Array(BUFFER_BYTES * (BUFFERS_A_FEED + 1))).then(() => (isWritten = true));
  await expect.poll(() => sent.length).toBe(BUFFERS_A_FEED);
  expect(isWritten).toBe(false);
  feed.takeBack();
  await writing;
  expect(sent).toHaveLength(BUFFERS_A_FEED + 1);
});

test("a feed that is closed writes no more", async () => {
  const { feed } = setUp();
  const writing = feed.write(new Uint8Array(BUFFER_BYTES * (BUFFERS_A_FEED + 1)));
  feed.close();
  expect(await rejection(writing)).toMatchObject({ name: "AbortError" });
});

test("a buffer that came back is used again", () => {
  const { pool } = setUp();
  const { buffer } = pool.take();
  pool.give(buffer);
  expect(pool.take().buffer).toBe(buffer);
  expect(pool.take().buffer).not.toBe(buffer);
});

import { expect, test } from "vitest";
import { ArchiveFeed } from "../../../origin/unpacking/archive-feed.ts";
import { BUFFERS_A_FEED } from "../../../origin/unpacking/messages.ts";

function setUp() {
  const events: string[] = [];
  const feed = new ArchiveFeed({
    onRead: (buffer) => events.push(`read ${buffer.byteLength}`),
    onClose: () => events.push("closed"),
  });
  return { feed, events };
}

test("bytes are read across buffers, and each buffer is given back once it is read", () => {
  const { feed, events } = setUp();
  feed.take(Uint8Array.of(1, 2, 3));
  feed.take(Uint8Array.of(4, 5));
  const target = new Uint8Array(4);
  expect([feed.read(target), [...target], events]).toEqual([4, [1, 2, 3, 4], ["read 3"]]);
  expect([feed.read(target), target[0], events]).toEqual([1, 5, ["read 3", "read 2"]]);
  expect(feed.read(target)).toBe(0);
});

test("a read makes sense when there is enough for a member, or when nothing more comes", () => {
  const { feed } = setUp();
  for (let count = 1; count < BUFFERS_A_FEED - 1; count++) feed.take(Uint8Array.of(0));
  expect(feed.isReady).toBe(false);
  feed.take(Uint8Array.of(0));
  expect(feed.isReady).toBe(true);
  const { feed: short } = setUp();
  short.take(Uint8Array.of(0));
  short.end({});
  expect([short.isReady, short.isRead]).toEqual([true, false]);
  short.read(new Uint8Array(1));
  expect(short.isRead).toBe(true);
});

test("an archive that failed is never read to its end", () => {
  const { feed } = setUp();
  feed.take(Uint8Array.of(0));
  feed.end({ failure: { message: "it is damaged", code: undefined } });
  feed.end({});
  expect(feed.isRead).toBe(false);
  expect(() => feed.read(new Uint8Array(1))).toThrow("it is damaged");
});

test("a closed feed keeps nothing, and is closed once", () => {
  const { feed, events } = setUp();
  feed.take(Uint8Array.of(0));
  feed.close();
  feed.close();
  feed.take(Uint8Array.of(0));
  expect([feed.read(new Uint8Array(1)), events]).toEqual([0, ["closed"]]);
});

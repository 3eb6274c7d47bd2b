import { expect, test } from "vitest";
import { createDownloadProgress } from "../../../origin/nix/download-progress.ts";
import { parseNixEvent } from "../../../origin/nix/nix-event.ts";
import { recordEvents } from "../recorded-events.ts";

function eventsOf(lines: readonly object[], stepMs: number) {
  const { events, onEvent } = recordEvents();
  let time = 0;
  const progress = createDownloadProgress({ now: () => (time += stepMs), onEvent });
  for (const line of lines) {
    const event = parseNixEvent(`@nix ${JSON.stringify(line)}`);
    if (event) progress.follow(event);
  }
  return events;
}

const start = (id: number, url: string) => ({ action: "start", id, type: 101, fields: [url] });
const bytes = (id: number, done: number, all: number) => ({
  action: "result",
  id,
  type: 105,
  fields: [done, all, 0, 0],
});
const expected = (total: number) => ({ action: "result", id: 9, type: 106, fields: [101, total] });
const stop = (id: number) => ({ action: "stop", id });

test("the bytes of all archives are counted together", () => {
  const lines = [expected(300), start(1, "http://c/nar/a.nar.xz"), start(2, "http://c/nar/b.nar"), bytes(1, 50, 100)];
  const more = [bytes(2, 20, 200), stop(1), bytes(2, 200, 200), stop(2)];
  const download = (done: number) => ({ event: "download", done, total: 300 });
  expect(eventsOf([...lines, ...more], 1000)).toEqual([50, 70, 120, 300, 300].map(download));
});

test("files other than archives do not count", () => {
  expect(eventsOf([expected(300), start(1, "http://c/a.narinfo"), bytes(1, 50, 50), stop(1)], 1000)).toEqual([]);
});

test("an archive that goes on after a break is counted once", () => {
  const lines = [expected(100), start(1, "http://c/a.nar"), bytes(1, 60, 100), bytes(1, 10, 40), stop(1)];
  expect(eventsOf(lines, 1000).map((event) => event.event === "download" && event.done)).toEqual([60, 70, 100]);
});

test("there are at most two events a second, and the last one has all bytes", () => {
  const many = Array.from({ length: 1000 }, (_, index) => bytes(1, index + 1, 1000));
  const events = eventsOf([expected(1000), start(1, "http://c/a.nar"), ...many, stop(1)], 1);
  expect(events).toHaveLength(3);
  expect(events.at(-1)).toEqual({ event: "download", done: 1000, total: 1000 });
});

import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Line, throughLine } from "../../../bench/whole/line.ts";

describe("a line of 8 Mbit/s", () => {
  it("lets a kilobyte pass in a millisecond, each after the one before", () => {
    const line = new Line(8, () => 50);
    expect([line.take(1000), line.take(500), line.take(0)]).toEqual([1, 1.5, 1.5]);
  });

  it("saves nothing up while it is idle", () => {
    let now = 0;
    const line = new Line(8, () => now);
    line.take(1000);
    now = 10;
    expect(line.take(2000)).toBe(2);
  });
});

it("a line without a limit delays nothing", () => {
  expect(new Line(undefined, () => 50).take(1e12)).toBe(0);
});

it("all bytes pass, and are counted", async () => {
  let bytes = 0;
  const chunks = [Buffer.from("many "), Buffer.from("bytes")];
  const passed = throughLine(new Line(1), (count) => {
    bytes += count;
  })(Readable.from(chunks));
  expect((await Array.fromAsync(passed)).map(String)).toEqual(["many ", "bytes"]);
  expect(bytes).toBe(10);
});

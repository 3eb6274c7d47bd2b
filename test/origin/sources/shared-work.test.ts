import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSharedWork } from "../../../origin/sources/shared-work.ts";

test("all callers hear of the work, also one that comes later", async () => {
  const work = createSharedWork(async (key, onEvent) => {
    await setTimeout(50);
    onEvent({ event: "log", line: "half" });
    return `${key} is done`;
  });
  const lines: string[][] = [[], []];
  const results = lines.map((log) => work("r1", (event) => event.event === "log" && log.push(event.line)));
  expect(await Promise.all(results)).toEqual(["r1 is done", "r1 is done"]);
  expect(lines).toEqual([["half"], ["another build is fetching the same revision; this build waits for it", "half"]]);
});

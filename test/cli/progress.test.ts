import { expect, test } from "vitest";
import { jsonProgress, plainProgress, type Progress } from "../../cli/progress.ts";
import type { JsonObject } from "../../protocol/json-object.ts";
import { objectOf } from "../json.ts";

function build(progress: Progress): void {
  progress.phase("realise");
  progress.log("building 'git'");
  progress.note("htop is left out");
  progress.phase("pack");
  progress.step({ done: 1, total: 2, unit: "layers" });
  progress.step({ done: 2, total: 2, unit: "layers" });
  progress.end(true);
}

test("plain lines: phases and the log", () => {
  const lines: string[] = [];
  build(plainProgress((line) => lines.push(line)));
  expect(lines).toEqual(["cornice: realise", "building 'git'", "htop is left out", "cornice: pack"]);
});

test("JSON: everything", () => {
  const events: unknown[] = [];
  build(
    jsonProgress(
      (line) => events.push(objectOf(line)),
      () => 0,
    ),
  );
  expect(events).toEqual([
    { event: "phase", phase: "realise" },
    { event: "log", line: "building 'git'" },
    { event: "log", line: "htop is left out" },
    { event: "phase", phase: "pack" },
    { event: "progress", phase: "pack", done: 1, total: 2, unit: "layers" },
    { event: "progress", phase: "pack", done: 2, total: 2, unit: "layers" },
  ]);
});

test("JSON has ten steps a second at most, and the last one always", () => {
  const events: JsonObject[] = [];
  let now = 0;
  const progress = jsonProgress(
    (line) => events.push(objectOf(line)),
    () => now,
  );
  progress.phase("write");
  for (let done = 1; done <= 250; done++) {
    now = done;
    progress.step({ done, total: 250, unit: "bytes" });
  }
  expect(events.slice(1).map((event) => event["done"])).toEqual([1, 101, 201, 250]);
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseBuildFailure } from "../../../origin/nix/build-failure.ts";
import { parseNixEvent } from "../../../origin/nix/nix-event.ts";
import { createNixLog } from "../../../origin/nix/nix-log.ts";
import { recordEvents } from "../../origin/recorded-events.ts";
import { explainRefusal } from "../../../origin/nix/refusal.ts";
import { jsonLine } from "../odd-json.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";
import { storePath } from "../valid.ts";

const id = fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(-1, 0.5, 2 ** 53, 1e300));
const derivation = fc.oneof(
  fc.constantFrom("/nix/store/0123456789abcdfghijklmnpqrsvwxyz-git-2.51.0.drv"),
  storePath,
  oddText(60),
);
const event = fc.oneof(
  fc.record({ action: fc.constant("msg"), level: fc.integer({ min: -1, max: 5 }), msg: oddText(80) }),
  fc.record({
    action: fc.constant("start"),
    id,
    type: fc.constantFrom(0, 100, 101, 105),
    fields: fc.tuple(derivation),
    text: oddText(),
  }),
  fc.record({ action: fc.constant("result"), id, type: fc.constantFrom(101, 105), fields: fc.tuple(oddText()) }),
  fc.record({ action: fc.constant("stop"), id }),
);
const line = fc.oneof(
  jsonLine(event).map((json) => `@nix ${json}`),
  jsonLine(event).map((json) => `@nix ${json}`),
  oddText(80),
  oddText(80).map((text) => `  error: ${text}`),
  mutated(
    fc.constant("error: builder for '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-a.drv' failed with exit code 1;"),
  ),
);
/** Each line may be repeated hundreds of times. */
const lines = fc
  .array(fc.tuple(line, fc.oneof(fc.constant(1), fc.nat({ max: 200 }))), { maxLength: 20 })
  .map((list) => list.flatMap(([text, count]) => Array.from({ length: count }, () => text)));

const CONTROL = /[\p{Cc}\p{Cf}]/u;

function read(all: readonly string[]) {
  const { onEvent, lines: shown, work } = recordEvents();
  const log = createNixLog({ now: () => 0, onEvent });
  for (const text of all) log.read(text);
  return { log, shown: shown(), work: work() };
}

export const nixLog: readonly Property[] = [
  property(
    "nix-log/plain",
    lines,
    (all) => {
      const { log, shown, work } = read(all);
      for (const text of shown) assert.doesNotMatch(text, CONTROL);
      for (const { name } of work) assert.doesNotMatch(name, CONTROL);
      for (const text of log.reason()?.split("\n") ?? []) assert.doesNotMatch(text, CONTROL);
      for (const { path } of log.running()) assert.doesNotMatch(path, CONTROL);
    },
    150,
  ),

  property(
    "nix-log/bounds",
    lines,
    (all) => {
      const { log, work } = read(all);
      assert.ok((log.reason()?.split("\n").length ?? 0) <= 8);
      for (const path of ["", "__proto__", ...log.running().map((running) => running.path)])
        assert.ok(log.lastLines(path).length <= 20);
      const ended = work.filter(({ state }) => state === "ended").length;
      assert.ok(log.running().length <= work.length - 2 * ended);
    },
    150,
  ),

  property(
    "nix-log/many-builds",
    fc.tuple(fc.integer({ min: 1, max: 3000 }), oddText(20)),
    ([count, text]) => {
      const start = (number: number) => `/nix/store/${"0".repeat(32)}-${number}.drv`;
      const { log } = read(
        Array.from({ length: count }, (_, number) => [
          `@nix ${JSON.stringify({ action: "start", id: number, type: 105, fields: [start(number)] })}`,
          `@nix ${JSON.stringify({ action: "result", id: number, type: 101, fields: [text] })}`,
          `@nix ${JSON.stringify({ action: "stop", id: number })}`,
        ]).flat(),
      );
      const kept = Array.from({ length: count }, (_, number) => log.lastLines(start(number)).length);
      assert.ok(kept.reduce((sum, length) => sum + length, 0) <= 16);
      assert.equal(log.running().length, 0);
    },
    20,
  ),

  property(
    "nix-log/long-lines",
    longText("@nix ", "@nix {", "\u001b[", "error: ", "builder for '/nix/store/", ";#"),
    (text) => {
      const { log } = quickly(() => read([text]));
      const reason = log.reason() ?? text;
      quickly(() => parseBuildFailure(reason));
      quickly(() => explainRefusal(reason, { system: "x86_64-linux", isFlake: false }));
    },
  ),

  property("nix-log/made-up-events", jsonLine(event), (json) => {
    const told = parseNixEvent(`@nix ${json}`);
    if (told?.kind === "text") for (const text of told.lines) assert.doesNotMatch(text, CONTROL);
    if (told?.kind === "output") assert.doesNotMatch(told.line, CONTROL);
    if (told?.kind === "start") assert.doesNotMatch(told.text, CONTROL);
  }),
];

import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  applyEvent,
  applyEvents,
  type BuildState,
  MAX_LOG_LINES,
  newBuildState,
  type TimedEvent,
} from "../../../protocol/build-state.ts";
import { buildText } from "../../../worker/builds/build-text.ts";
import { type Property, property } from "../property.ts";
import { buildEvent } from "../valid.ts";

/** Some events are repeated hundreds of times, and some texts are long. */
const timedEvents: fc.Arbitrary<TimedEvent[]> = fc
  .array(
    fc.record({
      event: buildEvent,
      count: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat({ max: 1200 }) }),
      length: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat({ max: 3000 }) }),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.flatMap(({ event, count, length }) => {
      const long = {
        ...event,
        ...("line" in event ? { line: event.line.repeat(length) } : {}),
        ...("name" in event ? { name: event.name.repeat(length) } : {}),
      };
      return Array.from({ length: count }, () => long);
    }),
  )
  .map((events) => events.map((event, at) => ({ at, event })));

function assertBounds({ phases, work, layers, log }: BuildState): void {
  assert.ok(phases.length <= 100 && work.length <= 500 && layers.length <= 1000);
  assert.ok(log.lines.length <= MAX_LOG_LINES && log.lines.every((line) => line.length <= 2048));
  assert.ok(log.lines.reduce((sum, { length }) => sum + length, 0) <= 262_144);
  assert.ok(
    work.every(({ name }) => name.length <= 256) && layers.every(({ description }) => description.length <= 256),
  );
}

function afterEach(events: readonly TimedEvent[]): BuildState {
  return events.reduce(applyEvent, newBuildState("git:latest", 0));
}

export const buildState: readonly Property[] = [
  property("build-state/bounds", timedEvents, (events) => assertBounds(afterEach(events)), 40),

  property(
    "build-state/at-once",
    fc.tuple(timedEvents, fc.nat({ max: 20 })),
    ([events, cut]) => {
      const first = applyEvents(newBuildState("git:latest", 0), events.slice(0, cut));
      assert.deepEqual(applyEvents(first, events.slice(cut)), afterEach(events));
    },
    40,
  ),

  property("build-state/log-lines", timedEvents, (events) => {
    const { dropped, lines } = applyEvents(newBuildState("git:latest", 0), events).log;
    assert.equal(dropped + lines.length, events.filter(({ event }) => event.event === "log").length);
  }),

  property(
    "build-state/text",
    timedEvents,
    (events) => assert.doesNotMatch(buildText(afterEach(events), 5000), /[^\P{Cc}\t\n]/u),
    40,
  ),
];

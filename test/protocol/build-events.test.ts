import { describe, expect, test } from "vitest";
import { type BuildEvent, formatEvent, isOutcome, parseEvent } from "../../protocol/build-events.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import { sha256Digest } from "../../protocol/digest.ts";

const manifests = { oci: sha256Digest("0".repeat(64)), docker: sha256Digest("1".repeat(64)) };
const record = { manifests, revision: "abc", resolvedAt: "2026-11-01T00:00:00.000Z" };

describe("an event is one line, even if its texts have line ends", () => {
  test.each<BuildEvent>([
    { event: "queued" },
    { event: "log", line: "a\nb\r\n\u2028\u0000" },
    { event: "error", code: "MANIFEST_UNKNOWN", message: "one\ntwo" },
  ])("%o", (event) => {
    const line = formatEvent(event);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual(event);
  });
});

test.each<BuildEvent>([
  { event: "queued" },
  { event: "heartbeat" },
  { event: "phase", phase: "pack" },
  { event: "log", line: '{"event":"error"}' },
  { event: "work", work: "download", name: "git-2.39.5", state: "ended" },
  { event: "work", work: "build", name: "git-2.39.5", state: "failed" },
  { event: "work", work: "build", name: "git-2.39.5", state: "stopped" },
  { event: "download", done: 3, total: 5 },
  { event: "layer", index: 1, total: 2, description: "git", digest: manifests.oci, size: 3, known: true },
])("an event of progress is written and read back, and is not an outcome: %o", (event) => {
  expect(parseEvent(formatEvent(event))).toEqual(event);
  expect(isOutcome(event)).toBe(false);
});

test.each<BuildEvent>([
  { event: "image", ...record },
  { event: "error", code: "MANIFEST_UNKNOWN", message: "no such package" },
  { event: "error", code: "UNAVAILABLE", message: "busy", detail: { queue: 3 } },
  { event: "error", code: "MANIFEST_UNKNOWN", message: "no such package", revision: "abc" },
])("an outcome is written and read back: %o", (event) => {
  expect(parseEvent(formatEvent(event))).toEqual(event);
  expect(isOutcome(event)).toBe(true);
});

test.each([
  '{"event":"paused"}',
  '{"event":"phase","phase":"polish"}',
  '{"event":"phase"}',
  '{"event":"work","work":"polish","name":"git","state":"started"}',
])("an event of a later version is ignored: %s", (line) => {
  expect(parseEvent(line)).toBeUndefined();
});

describe("it is not an event:", () => {
  test.each([
    "",
    "garbage",
    "null",
    "1",
    "[]",
    "{}",
    '{"event":1}',
    '{"event":"log"}',
    '{"event":"log","line":1}',
    '{"event":"image"}',
    '{"event":"work","work":"build","state":"started"}',
    '{"event":"download","done":3,"total":2}',
    '{"event":"download","done":-1,"total":2}',
    '{"event":"layer","index":2,"total":2}',
    JSON.stringify({
      event: "layer",
      index: 0,
      total: 1,
      description: "git",
      digest: "sha256:0",
      size: 3,
      known: true,
    }),
    JSON.stringify({ event: "image", ...record, manifests: { oci: manifests.oci } }),
    JSON.stringify({ event: "image", ...record, manifests: { ...manifests, docker: "sha256:0" } }),
    JSON.stringify({ event: "image", ...record, revision: undefined }),
    '{"event":"error","message":"x"}',
    '{"event":"error","code":"OOPS","message":"x"}',
    '{"event":"error","code":"toString","message":"x"}',
    '{"event":"error","code":"UNKNOWN","message":1}',
  ])("%s", (line) => {
    expect(parseEvent(line)).toBeNull();
  });
});

test("a tag's record has only its own members", () => {
  expect(parseTagRecord({ ...record, event: "image", more: 1 })).toEqual(record);
});

test.each([null, undefined, "x", 1, [], {}, { ...record, resolvedAt: 0 }])("%j is not a tag's record", (value) => {
  expect(parseTagRecord(value)).toBeNull();
});

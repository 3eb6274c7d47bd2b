import { describe, expect, test } from "vitest";
import { parseWalkLine } from "../../../origin/package-index/walk-line.ts";

test.each([
  ['trace: M {"names":["a","b c"]}', { kind: "names", names: ["a", "b c"] }],
  ['trace: M {"at":[17,3]}', { kind: "at", place: [17, 3] }],
  ['trace: M {"package":"1.2"}', { kind: "package", version: "1.2" }],
  ['trace: M {"description":"The <b>\\n"}', { kind: "description", text: "The <b>\n" }],
  ['trace: M {"outcome":"foreign"}', { kind: "outcome", outcome: "foreign" }],
  ['trace: M {"outputs":[{"path":1}]}', { kind: "outputs", outputs: [{ path: 1 }] }],
  ['trace: M {"metadata":{"cpe":1}}', { kind: "metadata", metadata: { cpe: 1 } }],
  ['trace: M {"more":[5000]}', { kind: "more", place: [5000] }],
])("%s", (line, expected) => expect(parseWalkLine(line, "M ")).toEqual(expected));

describe("a line that is not of the walk:", () => {
  test.each([
    "error: infinite recursion encountered",
    'trace: {"at":[1]}',
    'trace: N {"at":[1]}',
    ' trace: M {"at":[1]}',
    "trace: M {",
    "trace: M null",
    "trace: M {}",
    'trace: M {"at":["1"]}',
    'trace: M {"at":1}',
    'trace: M {"names":[1]}',
    'trace: M {"package":null}',
    'trace: M {"outcome":"package"}',
    'trace: M {"outputs":{}}',
    'trace: M {"metadata":[]}',
  ])("%s", (line) => expect(parseWalkLine(line, "M ")).toBeUndefined());
});

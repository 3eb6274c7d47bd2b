import { describe, expect, test } from "vitest";
import { childOf, formatTrace, newTrace, parseTrace } from "../../protocol/trace-context.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID = "00f067aa0ba902b7";
const HEADER = `00-${TRACE_ID}-${PARENT_ID}-01`;

test("a header is parsed and written back", () => {
  const trace = { traceId: TRACE_ID, parentId: PARENT_ID, isSampled: true };
  expect(parseTrace(HEADER)).toEqual(trace);
  expect(formatTrace(trace)).toBe(HEADER);
});

test.each([
  ["00", false],
  ["01", true],
  ["02", false],
  ["ff", true],
])("only the last bit of the flags %s counts", (flags, isSampled) => {
  const trace = parseTrace(`00-${TRACE_ID}-${PARENT_ID}-${flags}`);
  expect(trace).toMatchObject({ isSampled });
});

test.each(["", "-", "-more", "-a-b"])("a later version may end with %j", (more) => {
  expect(parseTrace(`cc${HEADER.slice(2)}${more}`)).toMatchObject({ traceId: TRACE_ID, parentId: PARENT_ID });
});

describe("it is not a trace:", () => {
  test.each([
    ["an absent header", undefined],
    ["no header", null],
    ["an empty header", ""],
    ["the version ff", `ff${HEADER.slice(2)}`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${PARENT_ID}-01`],
    ["a parent id of zeros", `00-${TRACE_ID}-${"0".repeat(16)}-01`],
    ["upper case", HEADER.toUpperCase()],
    ["a trace id that is too short", `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`],
    ["a letter that is not a digit", HEADER.replace("4bf9", "4bg9")],
    ["a header without flags", HEADER.slice(0, -3)],
    ["version 00 with more fields", `${HEADER}-more`],
    ["a later version with more digits", `cc${HEADER.slice(2)}1`],
    ["two headers in one", `${HEADER}, ${HEADER}`],
    ["a header with spaces", ` ${HEADER}`],
    ["a header with a line end", `${HEADER}\n`],
  ])("%s", (_, header) => {
    expect(parseTrace(header)).toBeUndefined();
  });
});

test("a new trace differs from all others, and is not sampled", () => {
  const traces = [newTrace(), newTrace()];
  expect(traces[0]?.traceId).not.toBe(traces[1]?.traceId);
  for (const trace of traces) expect(formatTrace(trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test("a child has the id and flags of its trace, and a new parent id", () => {
  const trace = { traceId: TRACE_ID, parentId: PARENT_ID, isSampled: true };
  const child = childOf(trace);
  expect(child).toMatchObject({ traceId: TRACE_ID, isSampled: true });
  expect(child.parentId).toMatch(/^[0-9a-f]{16}$/);
  expect(child.parentId).not.toBe(PARENT_ID);
});

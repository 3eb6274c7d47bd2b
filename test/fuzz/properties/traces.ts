import assert from "node:assert/strict";
import * as fc from "fast-check";
import { childOf, formatTrace, parseTrace } from "../../../protocol/trace-context.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";
import { hex } from "../valid.ts";

const id = (length: number) => fc.oneof(hex(length), fc.constant("0".repeat(length)));
const header = fc
  .tuple(fc.constantFrom("00", "01", "ff"), id(32), id(16), hex(2), fc.constantFrom("", "-", "-more"))
  .map(([version, traceId, parentId, flags, more]) => `${version}-${traceId}-${parentId}-${flags}${more}`);

export const traces: readonly Property[] = [
  property("traces/any-header", fc.oneof(header, mutated(header), longText("-", "0"), oddText()), (text) => {
    const trace = quickly(() => parseTrace(text));
    if (!trace) return;
    assert.match(trace.traceId, /^(?!0+$)[0-9a-f]{32}$/);
    assert.match(trace.parentId, /^(?!0+$)[0-9a-f]{16}$/);
    assert.ok(!text.startsWith("ff"));
    assert.deepEqual(parseTrace(formatTrace(trace)), trace);
    assert.equal(childOf(trace).traceId, trace.traceId);
  }),
];

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatEvent, parseEvent } from "../../../protocol/build-events.ts";
import { readLines, readStart } from "../../../worker/requests/lines.ts";
import { jsonLine } from "../odd-json.ts";
import { oddText } from "../odd-text.ts";
import { type Property, property } from "../property.ts";
import { buildEvent } from "../valid.ts";

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.array(fc.oneof(oddText(12), fc.constant("\n"))).map((texts) => new TextEncoder().encode(texts.join("\n"))),
  // Line ends, and parts of characters of several bytes.
  fc
    .array(fc.constantFrom(0x0a, 0x0d, 0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80))
    .map((list) => Uint8Array.from(list)),
);

/** A stream of the bytes, cut into chunks of these lengths in turn. */
function streamOf(content: Uint8Array, lengths: readonly number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0, turn = 0; at < content.length; turn++) {
        const end = at + (lengths[turn % lengths.length] ?? 1);
        controller.enqueue(content.slice(at, end));
        at = end;
      }
      controller.close();
    },
  });
}

/** Left out: Node's decoder loses a byte order mark after a cut character. The parser runs in workerd, not in Node. */
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

const cut = fc.tuple(
  bytes.filter((list) => !Buffer.from(list).includes(BYTE_ORDER_MARK)),
  fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }).map((list) => [...list, 1]),
  fc.integer({ min: 1, max: 20 }),
);

export const buildEvents: readonly Property[] = [
  property("build-events/round-trip", buildEvent, (event) => {
    const line = formatEvent(event);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(parseEvent(line), JSON.parse(JSON.stringify(event)));
  }),

  property("build-events/any-line", jsonLine(buildEvent), (line) => {
    const event = parseEvent(line);
    if (event) assert.deepEqual(parseEvent(formatEvent(event)), JSON.parse(JSON.stringify(event)));
    if (event?.event === "layer") assert.ok(event.index >= 0 && event.index < event.total && event.size >= 0);
  }),

  property("build-events/lines", cut, async ([content, lengths, maxLength]) => {
    const complete = new TextDecoder().decode(content).split("\n").slice(0, -1);
    const expected = complete.filter((line) => line !== "" && line.length <= maxLength);
    assert.deepEqual(await Array.fromAsync(readLines(streamOf(content, lengths), maxLength)), expected);
  }),

  property("build-events/start", cut, async ([content, lengths, maxLength]) => {
    const whole = new TextDecoder().decode(content, { stream: true });
    assert.equal(await readStart(streamOf(content, lengths), maxLength), whole.slice(0, maxLength));
  }),
];

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { CallError, checkCall } from "../../../origin/service/call-check.ts";
import {
  checkSignature,
  SIGNATURE_HEADER,
  SIGNATURE_VALIDITY_S,
  signCall,
  type SignedCall,
  TIMESTAMP_HEADER,
} from "../../../protocol/signature.ts";
import { mutated, oddText, wholeText } from "../odd-text.ts";
import { type Property, property } from "../property.ts";

const NOW_S = 1_764_000_000;
const SECRET = "a secret of thirty-two characters";

const call: fc.Arbitrary<SignedCall> = fc.record({
  method: fc.constantFrom("GET", "POST"),
  path: fc.webPath().map((path) => `/${path}`),
  timestamp: fc.integer({ min: NOW_S - 2000, max: NOW_S + 2000 }).map(String),
  body: wholeText(60),
});

/** A call, and another call that may equal it. */
const twoCalls = call.chain((signed) =>
  fc.tuple(
    fc.constant(signed),
    fc.record({
      method: fc.oneof(fc.constant(signed.method), fc.constantFrom("GET", "POST")),
      path: fc.oneof(
        fc.constant(signed.path),
        mutated(fc.constant(signed.path)).map((path) => path.replaceAll("\n", "")),
      ),
      timestamp: fc.oneof(fc.constant(signed.timestamp), mutated(fc.constant(signed.timestamp))),
      body: fc.oneof(fc.constant(signed.body), mutated(fc.constant(signed.body))).map((body) => body.toWellFormed()),
    }),
  ),
);

/** A text that a header may have as its value. */
const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
});

function isSame(a: SignedCall, b: SignedCall): boolean {
  return (
    a.method === b.method &&
    a.path.toWellFormed() === b.path.toWellFormed() &&
    a.timestamp === b.timestamp &&
    a.body === b.body
  );
}

export const signatures: readonly Property[] = [
  property("signatures/mutated-calls", twoCalls, async ([signed, received]) => {
    const signature = await signCall(SECRET, signed);
    const problem = await checkSignature(["x".repeat(32), SECRET], received, signature, NOW_S);
    const isFresh = Math.abs(NOW_S - Number(signed.timestamp)) <= SIGNATURE_VALIDITY_S;
    assert.equal(problem === undefined, isSame(signed, received) && isFresh);
  }),

  property(
    "signatures/mutated-signatures",
    call.chain((signed) => fc.tuple(fc.constant(signed), fc.nat({ max: 63 }), oddText(3))),
    async ([signed, at, inserted]) => {
      const now = Number(signed.timestamp);
      const signature = await signCall(SECRET, signed);
      const changed = `${signature.slice(0, at)}${inserted}${signature.slice(at + 1)}`;
      assert.equal((await checkSignature([SECRET], signed, changed, now)) === undefined, changed === signature);
      assert.equal(await checkSignature(["another secret of thirty-two signs"], signed, signature, now), "wrong");
      assert.notEqual(await checkSignature([], signed, signature, now), undefined);
    },
  ),

  property(
    "signatures/any-headers",
    fc.tuple(call, headerValue, headerValue, fc.boolean()),
    async ([signed, timestamp, signature, isTimed]) => {
      const headers = { [TIMESTAMP_HEADER]: isTimed ? signed.timestamp : timestamp, [SIGNATURE_HEADER]: signature };
      const request = new Request(`http://origin${signed.path}`, { method: signed.method, headers });
      await assert.rejects(
        checkCall(request, signed.body, [SECRET], NOW_S),
        (error) => error instanceof CallError && error.status === 401,
      );
    },
  ),
];

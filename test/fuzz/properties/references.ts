import assert from "node:assert/strict";
import * as fc from "fast-check";
import { digestHex, parseDigest, sha256Digest } from "../../../protocol/digest.ts";
import { isCommit, isImpossibleTag, isSignatureTag, parseTag } from "../../../protocol/tag.ts";
import { mutated, oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property } from "../property.ts";
import { commit, digest, tag } from "../valid.ts";

const TAG_START = /^[a-zA-Z0-9_]/;
const TAG_REST = /[^a-zA-Z0-9._-]/;

export const references: readonly Property[] = [
  property("references/tags", fc.oneof(tag, mutated(tag), commit, oddText(200)), (text) => {
    const isTag = TAG_START.test(text) && !TAG_REST.test(text) && text.length <= 128;
    assert.equal(
      accepted(() => parseTag(text), isOciError("TAG_INVALID")),
      isTag ? text : undefined,
    );
    for (const isOfKind of [isSignatureTag, isImpossibleTag, isCommit]) assert.equal(typeof isOfKind(text), "boolean");
  }),

  property("references/digests", fc.oneof(digest, mutated(digest), oddText(200)), (text) => {
    const parsed = accepted(() => parseDigest(text), isOciError("DIGEST_INVALID"));
    const hex = text.slice("sha256:".length);
    const isDigest =
      text.startsWith("sha256:") && hex.length === 64 && hex.split("").every((digit) => /[0-9a-f]/.test(digit));
    assert.equal(parsed, isDigest ? text : undefined);
    if (parsed) assert.equal(sha256Digest(digestHex(parsed)), parsed);
  }),
];

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { base32, fromBase32 } from "../../../image/closure/base32.ts";
import { isStorePath } from "../../../image/closure/store-path.ts";
import { archiveAddress } from "../../../origin/caches/archive-address.ts";
import { parseCacheAddress } from "../../../origin/caches/cache-address.ts";
import { parseCacheInfo } from "../../../origin/caches/cache-info.ts";
import { NarInfoError, parseNarInfo } from "../../../origin/caches/nar-info.ts";
import { parseNetrc } from "../../../origin/caches/netrc.ts";
import { parseNixConf } from "../../../origin/caches/nix-conf.ts";
import { NAR_HASH, narInfoOf, pathOf } from "../../origin/caches/signed-path.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { accepted, property, type Property } from "../property.ts";

const PATH = pathOf("hello-2.12");
const narInfo = narInfoOf(PATH, [], { references: [PATH, pathOf("glibc-2.40", 2)] });
const isNarInfoError = (error: unknown): boolean => error instanceof NarInfoError;
const BASES = [
  { url: "https://a.example/cache/", headers: { authorization: "Basic x" } },
  { url: "file:///srv/cache/", headers: {} },
];
const path = fc.array(
  fc.constantFrom("..", "%2e", ".", "/", "\\", "nar", "http:", "file:", "?", "#", "@", "a.example"),
);

export const caches: readonly Property[] = [
  property(
    "caches/any-narinfo",
    fc.oneof(mutated(fc.constant(narInfo)), oddText(), longText("Sig: ", "\n")),
    (text) => {
      const info = accepted(() => parseNarInfo(text, PATH), isNarInfoError);
      if (!info) return;
      assert.match(info.narHash, /^[0-9a-f]{64}$/);
      assert.ok(Number.isSafeInteger(info.narSize) && info.narSize > 0);
      assert.ok(info.references.every(isStorePath));
      assert.deepEqual(info.references, [...new Set(info.references)].toSorted());
    },
  ),

  property(
    "caches/archive-address",
    fc.oneof(
      oddText(),
      path.map((parts) => parts.join("")),
    ),
    (text) => {
      for (const base of BASES) {
        const found = accepted(() => archiveAddress(base, text), isNarInfoError);
        if (!found) continue;
        const { protocol, origin } = new URL(found.url);
        const isInside = found.url.startsWith(base.url);
        assert.ok(isInside || /^https?:$/.test(protocol));
        if (Object.keys(found.headers).length > 0) assert.equal(origin, new URL(base.url).origin);
      }
    },
  ),

  property("caches/base32", fc.uint8Array({ maxLength: 40 }), (bytes) => {
    assert.deepEqual(fromBase32(base32(bytes), bytes.length), bytes);
  }),

  property(
    "caches/any-base32",
    fc.tuple(fc.oneof(oddText(52), mutated(fc.constant(base32(Buffer.from(NAR_HASH, "hex"))))), fc.constantFrom(1, 32)),
    ([text, length]) => {
      const bytes = fromBase32(text, length);
      if (bytes) assert.equal(base32(bytes), text);
    },
  ),

  property(
    "caches/any-settings",
    fc.oneof(oddText(), longText("macdef ", "\n", '"', "machine "), longText("?", "&", "s3://", "%")),
    (text) => {
      parseCacheInfo(text);
      const entries = parseNetrc(text);
      for (const substituter of parseNixConf(`substituters = ${text}`).substituters ?? []) {
        const address = parseCacheAddress(substituter, entries, []);
        if (!address) continue;
        assert.match(address.url, /^(?:https?|file):\/\/.*\/$/);
        assert.doesNotMatch(new URL(address.url).username + new URL(address.url).password, /./);
      }
    },
  ),
];

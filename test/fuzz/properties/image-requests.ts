import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseImageName } from "../../../protocol/image-name.ts";
import { parsePullRequest, type PullRequest, requestedName } from "../../../protocol/image-request.ts";
import { parseTagKey, sourceKeyPrefix, storedTagKey, tagKey } from "../../../protocol/storage-keys.ts";
import { mutatedJson, oddJson } from "../odd-json.ts";
import { oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property } from "../property.ts";
import { imageName, tag } from "../valid.ts";

const architecture = fc.constantFrom("amd64", "arm64");
const validRequest = fc.tuple(imageName, tag, architecture, oddText()).map(([name, reference, cpu, source]) => {
  const parsed = accepted(() => parseImageName(name, 255), isOciError("NAME_INVALID"));
  const { packages = ["git"], image } = parsed ?? {};
  return { source, tag: reference, architecture: cpu, packages, ...(image === undefined ? {} : { image }) };
});

function parse(body: unknown): PullRequest | undefined {
  return accepted(() => parsePullRequest(body, 64), isOciError("NAME_INVALID", "TAG_INVALID", "UNSUPPORTED"));
}

/** KV's limit for a key, in bytes. */
const MAX_KEY_BYTES = 512;

export const imageRequests: readonly Property[] = [
  property("image-requests/canonical", fc.oneof(validRequest, mutatedJson(validRequest), oddJson), (body) => {
    const request = parse(body);
    if (!request) return;
    assert.deepEqual(parse(JSON.parse(JSON.stringify(request))), request);
    assert.match(request.tag, /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
    assert.deepEqual(request.packages, [...new Set(request.packages)].toSorted());
    for (const name of [...request.packages, request.image ?? "a"]) assert.match(name, /^[a-z0-9._-]{1,255}$/);
    assert.equal(request.packages.length === 0, request.image !== undefined);
    assert.ok(requestedName(request).length > 0);
  }),

  property("image-requests/keys", validRequest, async (body) => {
    const request = parse(body);
    if (!request || requestedName(request).length > 255) return;
    const key = await tagKey(request);
    assert.ok(Buffer.byteLength(key) <= MAX_KEY_BYTES);
    assert.equal(await storedTagKey(request), `tags${key.slice("tag".length)}`);
    const { source, tag: _, ...asked } = request;
    assert.deepEqual(parseTagKey(key, await sourceKeyPrefix(source)), asked);
  }),

  property(
    "image-requests/any-key",
    fc.tuple(oddText(), fc.constantFrom("", "tag/0000000000000000/")),
    ([key, prefix]) => {
      const asked = parseTagKey(`${prefix}${key}`, prefix);
      if (asked) assert.match(asked.architecture, /^(?:amd64|arm64)$/);
    },
  ),
];

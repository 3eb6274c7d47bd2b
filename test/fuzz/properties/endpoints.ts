import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Endpoint, parseEndpoint, pathOf } from "../../../worker/requests/endpoint.ts";
import { mutated, oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property, quickly } from "../property.ts";
import { digest, imageName, tag } from "../valid.ts";

const digestInPath = fc.oneof(
  digest,
  digest.map((text) => text.replace(":", "%3A")),
);
const referencePath = fc
  .tuple(imageName, fc.constantFrom("manifests", "blobs", "referrers", "tags"), fc.oneof(tag, digestInPath))
  .map(([name, collection, reference]) => `/v2/${name}/${collection}/${reference}`);

/** Percent-encodings that must not pass: slashes, NUL, line ends, broken UTF-8. */
const encoded = fc.constantFrom("%2F", "%2f", "%00", "%0a", "%", "%zz", "%C3%A9", "%ff", "%3a", "%3A", "..", "//");
const spoiltPath = fc
  .tuple(referencePath, encoded, fc.nat({ max: 1000 }))
  .map(([path, inserted, at]) => `${path.slice(0, at % path.length)}${inserted}${path.slice(at % path.length)}`);

const anyPath = fc.oneof(
  referencePath,
  spoiltPath,
  mutated(referencePath),
  imageName.map((name) => `/v2/${name}/tags/list`),
  oddText(60).map((text) => `/v2/${text}`),
  oddText(60),
);

function parse(path: string): Endpoint | undefined {
  const codes = ["BLOB_UNKNOWN", "DIGEST_INVALID", "MANIFEST_UNKNOWN", "NAME_INVALID", "NAME_UNKNOWN"] as const;
  return accepted(() => parseEndpoint(path, 64), isOciError(...codes));
}

export const endpoints: readonly Property[] = [
  property("endpoints/parts", anyPath, (path) => {
    const endpoint = quickly(() => parse(path));
    if (!endpoint || endpoint.kind === "version" || endpoint.kind === "catalog") return;
    assert.match(endpoint.repository, /^[a-z0-9._/-]{1,255}$/);
    assert.ok(path.startsWith(`/v2/${endpoint.repository}/`));
    if ("tag" in endpoint) assert.match(endpoint.tag, /^[a-zA-Z0-9._-]{1,128}$/);
    if ("digest" in endpoint && endpoint.digest) assert.match(endpoint.digest, /^sha256:[0-9a-f]{64}$/);
  }),

  property("endpoints/digests", fc.tuple(imageName, digest, fc.boolean()), ([name, blob, isEncoded]) => {
    const reference = isEncoded ? blob.replace(":", "%3a") : blob;
    const endpoint = parse(`/v2/${name}/blobs/${reference}`);
    if (endpoint) assert.deepEqual([endpoint.kind, "digest" in endpoint && endpoint.digest], ["blob", blob]);
  }),

  property("endpoints/undecoded-path", fc.tuple(anyPath, oddText(10), oddText(10)), ([path, query, fragment]) => {
    const { url } = new Request(`https://registry.example/${path.replace(/^[/\\]+/, "")}?${query}#${fragment}`);
    assert.equal(pathOf(url), new URL(url).pathname);
  }),
];

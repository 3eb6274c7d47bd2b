import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { compareJson } from "../../../cli/comparison/compare-json.ts";
import { compareLayers } from "../../../cli/comparison/compare-layers.ts";
import { parseReference } from "../../../cli/registry/image-reference.ts";
import { BILL_READERS } from "../../../cli/verification/bill-facts.ts";
import { readProvenance } from "../../../cli/verification/provenance-facts.ts";
import { readLayer } from "../../../cli/verification/read-layer.ts";
import { isStorePath } from "../../../image/closure/store-path.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";
import { VerificationError } from "../../../image/verification/verification-error.ts";
import { DecompressionError } from "../../../origin/nars/decompression-error.ts";
import { isJsonObject } from "../../../protocol/json-object.ts";
import { mutatedJson, oddJson } from "../odd-json.ts";
import { mutated, oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property } from "../property.ts";

const reference = fc.constantFrom(
  "registry.example/shell/git",
  "localhost:8787/git:v1",
  `[::1]:8787/git@sha256:${"ab".repeat(32)}`,
);

const provenance = fc.constant({
  buildDefinition: {
    buildType: "https://registry.example/docs/provenance#v1",
    externalParameters: { source: "starter", revision: "r1", tag: "latest", names: ["git"], architecture: "amd64" },
    internalParameters: { maxStoreLayers: 100, compression: "gzip", popularity: "none", formatVersion: "7" },
  },
});

/** Tars of one member with some bytes changed. */
const damagedTar = fc
  .tuple(fc.constantFrom("nix/store/0000000000000000000000000000000a-git/a", "etc/passwd"), fc.nat(511), fc.nat(255))
  .map(([name, at, byte]) => {
    const content = { kind: "bytes", bytes: Buffer.from("content") } as const;
    const header = tarHeader({ type: "file", name, mode: 0o444, content });
    const tar = Buffer.concat([header, Buffer.from("content".padEnd(512, "\0")), Buffer.alloc(1024)]);
    tar.writeUInt8(byte, at);
    return tar;
  });

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

export const verifiedImages: readonly Property[] = [
  property("verified-images/references", fc.oneof(reference, mutated(reference), oddText(80)), (text) => {
    const isExpected = isOciError("NAME_INVALID", "TAG_INVALID", "DIGEST_INVALID");
    const parsed = accepted(() => parseReference(text), isExpected);
    if (!parsed) return;
    // A reference cannot lead to another host, or to another path.
    const path = `/v2/${parsed.repository}/manifests/${parsed.target}`;
    const url = URL.parse(`http://${parsed.host}${path}`);
    assert.deepEqual([url?.pathname, url?.username, url?.search, url?.hash], [path, "", "", ""]);
  }),

  property("verified-images/provenance", fc.oneof(provenance, mutatedJson(provenance), oddJson), (value) => {
    const facts = isJsonObject(value) ? readProvenance(value) : undefined;
    if (facts) assert.ok(facts.names.length > 0 && facts.maxStoreLayers > 0);
  }),

  property("verified-images/bills", oddJson, (value) => {
    if (!isJsonObject(value)) return;
    for (const read of Object.values(BILL_READERS)) assert.ok([...read(value).storePaths].every(isStorePath));
  }),

  property("verified-images/differences", fc.tuple(oddJson, oddJson), ([a, b]) => {
    assert.equal(compareJson(a, b) === undefined, isDeepStrictEqual(a, b));
    assert.equal(compareJson(a, structuredClone(a)), undefined);
  }),

  property("verified-images/layers", fc.oneof(damagedTar, fc.uint8Array({ maxLength: 2000 })), async (tar) => {
    for (const format of ["none", "gzip", "zstd"] as const) {
      try {
        const { size, storePaths } = await readLayer(chunksOf(tar), format);
        assert.equal(size, tar.length);
        assert.ok([...storePaths].every(isStorePath));
      } catch (error) {
        assert.ok(error instanceof VerificationError || error instanceof DecompressionError, String(error));
      }
    }
  }),

  property("verified-images/compared layers", damagedTar, async (tar) => {
    const compared = await compareLayers(chunksOf(tar), chunksOf(tar)).catch((error: unknown) => {
      assert.ok(error instanceof VerificationError, String(error));
    });
    assert.equal(compared, undefined);
  }),
];

import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { BuildFacts } from "../../../image/attestations/build-facts.ts";
import { parseLayer } from "../../../image/layers/layer.ts";
import { imageDocuments } from "../../../origin/trust/image-documents.ts";
import { factsOfImage } from "../../../image/facts/facts-of-image.ts";
import { attachedRecordJson, parseAttachedRecord } from "../../../protocol/attached-record.ts";
import { parseEdgeReport } from "../../../protocol/deployment-check.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { parseImageContents } from "../../../protocol/image-contents.ts";
import { parseImageConfig } from "../../../protocol/image-config.ts";
import { parseJsonObject } from "../../../protocol/json-object.ts";
import { parseImageList } from "../../../protocol/image-list.ts";
import { manifestBlobs, parseManifest, parseManifestText } from "../../../protocol/manifest.ts";
import { LIST_MEDIA_TYPES, MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { parseRefRecord, refRecordJson } from "../../../protocol/ref-record.ts";
import { parseTagRecord } from "../../../protocol/tag-record.ts";
import { jsonLine, mutatedJson, oddJson } from "../odd-json.ts";
import { longText, oddText } from "../odd-text.ts";
import { accepted, type Property, property, quickly } from "../property.ts";
import { digest, refRecord, storePath, tagRecord } from "../valid.ts";

const layerRecord = fc.record({ digest, diffId: digest, size: fc.maxSafeNat() });

const imageContents = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const indexes = fc.array(fc.nat({ max: count - 1 }), { maxLength: 3 });
  return fc.record({
    packages: fc.array(fc.record({ attribute: oddText(8), paths: indexes }), { maxLength: 2 }),
    paths: fc.array(fc.record({ path: storePath, narSize: fc.nat(), references: indexes }), {
      minLength: count,
      maxLength: count,
    }),
    layers: fc.array(fc.record({ digest, size: fc.nat(), description: oddText(8), paths: indexes }), { maxLength: 2 }),
  });
});

const descriptor = fc.record({ digest, size: fc.maxSafeNat() });
const mediaType = fc.constantFrom(MEDIA_TYPES.oci.manifest, MEDIA_TYPES.docker.manifest);
const manifest = fc.record({ mediaType, config: descriptor, layers: fc.array(descriptor, { maxLength: 4 }) });

const imageList = fc.record({
  mediaType: fc.constantFrom(LIST_MEDIA_TYPES.oci, LIST_MEDIA_TYPES.docker),
  manifests: fc.array(
    fc.record({
      digest,
      size: fc.maxSafeNat(),
      platform: fc.record({
        os: fc.constantFrom("linux", "unknown"),
        architecture: fc.constantFrom("amd64", "arm64", "unknown"),
      }),
    }),
    { maxLength: 3 },
  ),
});

const imageConfig = fc.record(
  {
    architecture: fc.constantFrom("amd64", "arm64"),
    config: fc.record({ Labels: fc.dictionary(oddText(12), oddText(12), { maxKeys: 3, noNullPrototype: true }) }),
    rootfs: fc.record({ diff_ids: fc.array(digest, { maxLength: 3 }) }),
    history: fc.array(fc.record({ created_by: oddText(8), empty_layer: fc.boolean() }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
);

const BUILD: BuildFacts = {
  documentation: "https://registry.example/docs",
  builder: { id: "https://registry.example", versions: {} },
  source: { name: "test" },
  names: ["git"],
  settings: {},
  origins: [],
};

const either = (valid: fc.Arbitrary<unknown>) => fc.oneof(valid, mutatedJson(valid), oddJson);

const attached = fc.record({ etag: fc.string(), referrers: digest, signatures: digest, attestations: digest });

const edgeReport = fc.record({
  release: oddText(8),
  nowMs: fc.nat(),
  problems: fc.array(oddText(12), { maxLength: 2 }),
  packageSource: oddText(8),
  platforms: fc.constantFrom(["amd64"], ["amd64", "arm64"]),
  missingLimits: fc.constantFrom([], ["PULL_LIMIT"]),
  r2: fc.constantFrom("same", "other", "missing", "failed"),
  kv: fc.constantFrom("same", "other", "missing", "failed"),
  origins: fc.array(
    fc.record({ url: fc.webUrl(), answer: fc.constantFrom("accepted", "refused", "failed"), detail: oddText(12) }),
    { maxLength: 2 },
  ),
});

export const records: readonly Property[] = [
  property("records/tags", either(tagRecord), (value) => {
    const record = parseTagRecord(value);
    if (!record) return;
    assert.deepEqual(parseTagRecord(JSON.parse(JSON.stringify(record))), record);
    for (const text of [record.manifests.oci, record.manifests.docker]) assert.match(text, /^sha256:[0-9a-f]{64}$/);
  }),

  property("records/refs", either(refRecord.map(refRecordJson)), (value) => {
    const record = parseRefRecord(value);
    if (!record) return;
    assert.deepEqual(parseRefRecord(JSON.parse(JSON.stringify(refRecordJson(record)))), record);
    assert.match(record.index, /^index\/[0-9a-f]{16}\/\w[\w+-]*\/$/);
  }),

  property("records/attached", either(attached.map(attachedRecordJson)), (value) => {
    const found = parseAttachedRecord(value);
    if (found === undefined) return;
    assert.match(found.referrers, /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(parseAttachedRecord(attachedRecordJson(found)), found);
  }),

  property("records/deployment-reports", either(edgeReport), (value) => {
    const report = parseEdgeReport(value);
    if (report) assert.deepEqual(parseEdgeReport(JSON.parse(JSON.stringify(report))), report);
  }),

  property("records/documents", either(imageContents), async (value) => {
    const contents = parseImageContents(value);
    if (!contents) return;
    const image = { digest: sha256Digest("0".repeat(64)), architecture: "amd64" } as const;
    const nothing = { known: new Map(), packageSet: undefined, distribution: undefined };
    const facts = accepted(
      () => factsOfImage({ ...image, ...nothing, contents }),
      (error) => /are malformed/.test(String(error)),
    );
    if (!facts) return;
    const { spdx, cyclonedx } = await imageDocuments(facts, BUILD).catch((error: unknown) => {
      assert.match(String(error), /twice in the closure|not part of the closure/);
      return { spdx: undefined, cyclonedx: undefined };
    });
    for (const text of [spdx?.json ?? "{}", cyclonedx?.json ?? "{}"]) assert.ok(parseJsonObject(text));
  }),

  property("records/layers", either(layerRecord), (value) => {
    const record = parseLayer(value);
    if (record) assert.deepEqual(parseLayer(JSON.parse(JSON.stringify(record))), record);
  }),

  property("records/contents", either(imageContents), (value) => {
    const contents = parseImageContents(value);
    if (!contents) return;
    const { packages, paths, layers } = contents;
    const indexes = [
      ...paths.map(({ references }) => references),
      ...[...packages, ...layers].map((holder) => holder.paths),
    ];
    for (const index of indexes.flat()) assert.equal(typeof paths[index]?.path, "string");
    for (const layer of layers) assert.match(layer.digest, /^sha256:[0-9a-f]{64}$/);
  }),

  property("records/manifests", either(manifest), (value) => {
    const parsed = parseManifest(value);
    if (!parsed) return;
    for (const blob of manifestBlobs(parsed)) {
      assert.match(blob.digest, /^sha256:[0-9a-f]{64}$/);
      assert.ok(Number.isSafeInteger(blob.size) && blob.size >= 0);
    }
    assert.deepEqual(parseManifest(parsed), parsed);
  }),

  property("records/manifest-texts", fc.oneof(jsonLine(manifest), longText("[", '{"layers":')), (text) => {
    const parsed = quickly(() => parseManifestText(text));
    if (parsed) assert.deepEqual(parseManifest(JSON.parse(text)), parsed);
  }),

  property("records/image-lists", fc.oneof(jsonLine(imageList), longText("[", '{"manifests":')), (text) => {
    const list = quickly(() => parseImageList(text));
    if (!list) return;
    const architectures = list.images.map(({ architecture }) => architecture);
    assert.ok(architectures.length > 0 && new Set(architectures).size === architectures.length);
    for (const each of [...list.images, ...list.attestations]) assert.match(each.digest, /^sha256:[0-9a-f]{64}$/);
  }),

  property("records/image-configs", fc.oneof(jsonLine(imageConfig), longText("[", '{"config":')), (text) => {
    const parsed = quickly(() => parseImageConfig(text));
    if (!parsed) return;
    for (const [name, value] of parsed.labels) assert.equal(`${typeof name} ${typeof value}`, "string string");
    for (const diffId of parsed.diffIds) assert.match(diffId, /^sha256:[0-9a-f]{64}$/);
    for (const description of parsed.layerDescriptions) assert.equal(typeof description, "string");
  }),

  property("records/valid-images", fc.tuple(manifest, imageConfig), ([image, config]) => {
    const json = JSON.stringify(image);
    assert.deepEqual(parseManifestText(json), JSON.parse(json));
    const parsed = parseImageConfig(JSON.stringify(config));
    assert.deepEqual(parsed?.diffIds, config.rootfs?.diff_ids ?? []);
    assert.deepEqual(Object.fromEntries(parsed?.labels ?? []), config.config?.Labels ?? {});
  }),

  property("records/valid", fc.tuple(tagRecord, layerRecord, imageContents), (values) => {
    const [tag, layer, contents] = values.map((value): unknown => JSON.parse(JSON.stringify(value)));
    assert.deepEqual(parseTagRecord(tag), tag);
    assert.deepEqual(parseLayer(layer), layer);
    assert.deepEqual(parseImageContents(contents), contents);
  }),
];

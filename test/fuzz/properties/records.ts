import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseLayer } from "../../../image/layers/layer.ts";
import { parseImageContents } from "../../../protocol/image-contents.ts";
import { parseTagRecord } from "../../../protocol/tag-record.ts";
import { mutatedJson, oddJson } from "../odd-json.ts";
import { oddText } from "../odd-text.ts";
import { type Property, property } from "../property.ts";
import { digest, storePath, tagRecord } from "../valid.ts";

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

const either = (valid: fc.Arbitrary<unknown>) => fc.oneof(valid, mutatedJson(valid), oddJson);

export const records: readonly Property[] = [
  property("records/tags", either(tagRecord), (value) => {
    const record = parseTagRecord(value);
    if (!record) return;
    assert.deepEqual(parseTagRecord(JSON.parse(JSON.stringify(record))), record);
    for (const text of [record.manifests.oci, record.manifests.docker]) assert.match(text, /^sha256:[0-9a-f]{64}$/);
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

  property("records/valid", fc.tuple(tagRecord, layerRecord, imageContents), (values) => {
    const [tag, layer, contents] = JSON.parse(JSON.stringify(values));
    assert.deepEqual(parseTagRecord(tag), tag);
    assert.deepEqual(parseLayer(layer), layer);
    assert.deepEqual(parseImageContents(contents), contents);
  }),
];

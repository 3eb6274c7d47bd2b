import { expect, test } from "vitest";
import { imageList } from "../../../image/lists/image-list.ts";
import { imageParts, listParts } from "../../../image/lists/parts.ts";
import { listAt, textAt } from "../../json.ts";
import { listedImage } from "./images.ts";

const IMAGE = await listedImage("amd64");
const digestsOf = (json: string, name: string) => listAt(JSON.parse(json), name).map((part) => textAt(part, "digest"));

test("an image consists of both manifests, and of the blobs that they share", () => {
  const { oci, docker } = IMAGE.manifests;
  expect(imageParts(IMAGE.manifests)).toEqual({
    manifests: [oci.digest, docker.digest],
    blobs: [textAt(JSON.parse(oci.json), "config", "digest"), ...digestsOf(oci.json, "layers")],
  });
});

test("with zstd, both manifests are one part", async () => {
  const { manifests } = await listedImage("amd64", "zstd");
  expect(imageParts(manifests).manifests).toEqual([manifests.oci.digest]);
});

test("a list consists of both lists and of its attestations with their blobs, and not of its images", async () => {
  const list = await imageList([IMAGE], []);
  const { manifests, blobs } = listParts(list);
  const [, attestation] = digestsOf(list.manifests.oci.json, "manifests");
  expect(manifests).toEqual([list.manifests.oci.digest, list.manifests.docker.digest, attestation]);
  const json = list.attestations[0]?.manifest.json ?? "";
  expect(blobs).toEqual([textAt(JSON.parse(json), "config", "digest"), ...digestsOf(json, "layers")]);
});

import { expect, it } from "vitest";
import { namesOfManifest } from "../../../origin/garbage/named-manifests.ts";
import { hexOf } from "./bucket.ts";

const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const describe = (name: string, more = {}) => ({ mediaType: "x/y", digest: `sha256:${hexOf(name)}`, size: 1, ...more });
const digests = (...names: readonly string[]) => names.map((name) => `sha256:${hexOf(name)}`);
const namesOf = (value: object) => namesOfManifest(JSON.stringify(value));

it("a manifest names config and layers, and not its subject", () => {
  const manifest = { config: describe("config"), layers: [describe("a"), describe("b")], subject: describe("image") };
  expect(namesOf(manifest)).toEqual({ manifests: [], blobs: digests("config", "a", "b") });
});

it("a list names its images and what describes them", () => {
  const images = [describe("amd64", { platform: { os: "linux", architecture: "amd64" } })];
  const statements = [describe("statement", { platform: { os: "unknown", architecture: "unknown" } })];
  const list = { mediaType: OCI_INDEX, manifests: [...images, ...statements] };
  expect(namesOf(list)).toEqual({ manifests: digests("amd64", "statement"), blobs: [] });
});

it("a list of referrers names artifacts, or nothing", () => {
  const manifests = [describe("bill", { artifactType: "text/spdx" })];
  expect(namesOf({ mediaType: OCI_INDEX, manifests })).toEqual({ manifests: digests("bill"), blobs: [] });
  expect(namesOf({ mediaType: OCI_INDEX, manifests: [] })).toEqual({ manifests: [], blobs: [] });
});

it.each(["", "{", "{}", '{"config":{}}', `{"mediaType":"${OCI_INDEX}","manifests":[{}]}`])(
  "%j is none of them",
  (text) => expect(namesOfManifest(text)).toBeUndefined(),
);

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import type { TagRecord } from "../../../protocol/tag-record.ts";
import { lostBlobsOf } from "../../../worker/registry/restore-blob.ts";
import { revalidationsOf } from "../../../worker/registry/revalidation.ts";
import { warmTagsOf } from "../../../worker/registry/warm-tags.ts";
import { parseConfig } from "../../../worker/settings.ts";
import { manifestsOf } from "../../../worker/stores/manifests.ts";
import { rememberTag, tagsOf } from "../../../worker/stores/tag-records.ts";

const MIB = 1 << 20;
const ZERO = sha256Digest("0".repeat(64));

test("a hundred thousand different tags stay within a mebibyte", () => {
  const config = parseConfig({ ...env });
  const record: TagRecord = { manifests: { oci: ZERO, docker: ZERO }, revision: "1", resolvedAt: "" };
  const [tags, revalidations, warmTags] = [tagsOf(config), revalidationsOf(config), warmTagsOf(config)];
  const name = { packages: ["git"], architecture: undefined };
  const image = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git"] } as const;
  for (let index = 0; index < 100_000; index++) {
    rememberTag(config, `tag/${index}`, record);
    revalidations.set(`tag/${index}`, index);
    const endpoint = { kind: "tag", repository: "git", name, tag: `t${index}` } as const;
    const served = { image, key: `tag/${index}`, pull: "" };
    warmTags.set(`https://registry.test/${index}`, { endpoint, forLists: served, forOthers: served });
  }
  expect(tags.bytes).toBeLessThanOrEqual(MIB);
  expect(revalidations.bytes).toBeLessThanOrEqual(MIB);
  expect(warmTags.bytes).toBeLessThanOrEqual(MIB);
  expect(tags.get("tag/99999")?.record).toBe(record);
});

test("records of lists stay within a mebibyte, however long the reasons for what they lack are", () => {
  const config = parseConfig({ ...env });
  const leftOut = [{ architecture: "arm64", reason: "x".repeat(50_000) }] as const;
  const record: TagRecord = { manifests: { oci: ZERO, docker: ZERO }, revision: "1", resolvedAt: "", leftOut };
  for (let index = 0; index < 100; index++) rememberTag(config, `tag/${index}`, record);
  const kept = Array.from({ length: 100 }, (_, index) => tagsOf(config).get(`tag/${index}`)).filter(Boolean);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length * 2 * 50_000).toBeLessThanOrEqual(MIB);
});

test("a hundred thousand different lost blobs stay within a mebibyte", () => {
  const lostBlobs = lostBlobsOf(parseConfig({ ...env }));
  for (let index = 0; index < 100_000; index++) {
    lostBlobs.set(sha256Digest(index.toString(16).padStart(64, "0")), { until: index, isRebuilt: false });
  }
  expect(lostBlobs.bytes).toBeLessThanOrEqual(MIB);
});

test("manifests stay within eight mebibytes, and the last used ones stay", () => {
  const manifests = manifestsOf(parseConfig({ ...env }));
  const size = 25_000;
  const bytes = new ArrayBuffer(size);
  for (let index = 0; index < 10_000; index++) {
    const digest = sha256Digest(index.toString(16).padStart(64, "0"));
    manifests.set(digest, { digest, mediaType: MEDIA_TYPES.oci.manifest, size, bytes });
  }
  expect(manifests.bytes).toBeLessThanOrEqual(8 * MIB);
  expect(manifests.bytes).toBeGreaterThan(7 * MIB);
  expect(manifests.get(ZERO)).toBeUndefined();
});

test("there is one memory for the settings of one isolate", () => {
  const config = parseConfig(env);
  expect(manifestsOf(parseConfig(env))).toBe(manifestsOf(config));
  expect(manifestsOf(parseConfig({ ...env }))).not.toBe(manifestsOf(config));
});

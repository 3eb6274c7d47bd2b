import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { statement } from "../../../image/referrers/statement.ts";
import { signStatement } from "../../../image/signatures/dsse-envelope.ts";
import { bundledStatement } from "../../../image/signatures/sigstore-bundle.ts";
import type { KeySigner } from "../../../image/signing-keys/signer.ts";
import { BUNDLE_MEDIA_TYPE, SIGN_PREDICATE_TYPE } from "../../../image/referrers/artifact-types.ts";
import { referrerEntry, referrersIndex } from "../../../image/referrers/referrers-index.ts";
import type { ContentDescriptor } from "../../../protocol/artifact-manifest.ts";
import { parseDigest } from "../../../protocol/digest.ts";
import { blobKey, manifestKey, PUBLIC_KEYS_KEY } from "../../../protocol/storage-keys.ts";
import type { ImageInfo, ImageTrust } from "../../../protocol/web-api.ts";
import { type Attached, describeImage, newSigner, provenanceOf, storeArtifact } from "../attached.ts";
import { storeAttached, storeKeys, storeList } from "../attached.ts";
import { startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { storeImage } from "../images.ts";
import { failingR2 } from "../outages.ts";

const PROVENANCE = { source: "channel:nixos-25.11", revision: "0123abc" };

let image: ContentDescriptor;
let signer: KeySigner;
let attached: Attached;

beforeEach(async () => {
  spyOnLog();
  const { oci } = await storeImage("git");
  image = { mediaType: oci.mediaType, digest: oci.digest, size: oci.bytes.length };
  signer = await newSigner();
  attached = await describeImage(image, signer);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function trust(): Promise<ImageTrust | undefined> {
  const response = await startIsolate().settle("/api/images/git");
  expect(response.status).toBe(200);
  return (await response.json<ImageInfo>()).built?.trust;
}

/** Stores the bundles of a statement as the only referrers of the image. */
async function storeBundles(predicateType: string, predicate: object, by: KeySigner): Promise<void> {
  const made = await statement({ subjects: [{ digest: image.digest }], predicateType, predicate: { ...predicate } });
  const bundles = await bundledStatement(image, await signStatement(made, [by]));
  for (const bundle of bundles) await storeArtifact(bundle);
  await storeList(image.digest, (await referrersIndex(bundles.map(({ entry }) => entry))).json);
}

describe("an image tells what refers to it", () => {
  test("nothing, if it has no list of referrers, or an empty one", async () => {
    await storeKeys(signer);
    expect(await trust()).toBeUndefined();
    await storeList(image.digest, (await referrersIndex([])).json);
    expect(await trust()).toBeUndefined();
  });

  test("the key that signed it, its documents, and its provenance", async () => {
    await storeKeys(signer);
    await storeAttached(image, attached);
    expect(await trust()).toEqual({
      keyIds: [signer.keyId],
      documents: ["spdx", "cyclonedx", "provenance"],
      provenance: PROVENANCE,
    });
  });

  test("both keys, while keys are rotated", async () => {
    const other = await newSigner();
    const again = await describeImage(image, other);
    await storeAttached(image, again);
    await storeAttached(image, attached);
    const all = [...attached.referrers, ...again.referrers].map(({ entry }) => entry);
    await storeList(image.digest, (await referrersIndex(all)).json);
    await storeKeys(signer, other);
    expect((await trust())?.keyIds.toSorted()).toEqual([signer.keyId, other.keyId].toSorted());
    await storeKeys(other);
    expect((await trust())?.keyIds).toEqual([other.keyId]);
  });

  test("to a terminal, too", async () => {
    await storeKeys(signer);
    await storeAttached(image, attached);
    const text = await (await startIsolate().settle("/images/git")).text();
    expect(text.replaceAll(/ +/g, " ")).toContain(`signed by ${signer.keyId}\n`);
  });
});

describe("a signature that does not hold is none", () => {
  const UNSIGNED = { keyIds: [], documents: ["spdx", "cyclonedx", "provenance"] };

  async function expectUnsigned(): Promise<void> {
    expect(await trust()).toEqual(UNSIGNED);
  }

  beforeEach(async () => {
    await storeKeys(signer);
    await storeAttached(image, attached);
  });

  test("by a key that the registry does not publish", async () => {
    await storeKeys(await newSigner());
    await expectUnsigned();
  });

  test("if the registry publishes no key", async () => {
    await env.R2.delete(PUBLIC_KEYS_KEY);
    await expectUnsigned();
  });

  test.each(["missing", "damaged"])("whose bundle is %s", async (how) => {
    for (const { entry, blobs } of attached.referrers.filter((each) => each.entry.artifactType === BUNDLE_MEDIA_TYPE)) {
      if (how === "missing") await env.R2.delete(manifestKey(entry.digest));
      else for (const { digest } of blobs) await env.R2.put(blobKey(digest), "{}");
    }
    await expectUnsigned();
  });

  test("of another image", async () => {
    const other = await storeImage("other");
    const { oci } = other;
    const theirs = { mediaType: oci.mediaType, digest: oci.digest, size: oci.bytes.length };
    await storeList(theirs.digest, attached.list.json);
    const response = await startIsolate().settle("/api/images/other");
    expect((await response.json<ImageInfo>()).built?.trust).toEqual(UNSIGNED);
  });
});

test.each([
  ["without a definition", {}],
  ["without a source", { buildDefinition: { externalParameters: { revision: "1" } } }],
  ["whose source is no text", { buildDefinition: { externalParameters: { source: {} } } }],
])("provenance %s is not shown", async (_, predicate) => {
  await storeKeys(signer);
  const { predicateType } = await provenanceOf(image);
  await storeBundles(predicateType, predicate, signer);
  expect(await trust()).toEqual({ keyIds: [], documents: [] });
});

test("the registry reads only a few of very many bundles", async () => {
  await storeKeys(signer);
  const [bundle] = attached.referrers;
  const annotations = { "dev.sigstore.bundle.predicateType": SIGN_PREDICATE_TYPE };
  const entries = Array.from({ length: 1000 }, (_, index) => {
    const digest = bundle ? bundle.manifest.digest.slice(0, -4) + String(index).padStart(4, "0") : "";
    return referrerEntry({ mediaType: "m", digest: parseDigest(digest), size: 1 }, BUNDLE_MEDIA_TYPE, annotations);
  });
  await storeList(image.digest, (await referrersIndex(entries)).json);
  const response = await startIsolate().settle("/api/images/git");
  const asked = response.headers.get("Server-Timing")?.match(/\br2;/g) ?? [];
  expect(asked.length).toBeLessThan(12);
});

test("while R2 is down, the image is 503", async () => {
  const response = await startIsolate({ R2: failingR2() }).settle("/api/images/git");
  expect(response.status).toBe(503);
});

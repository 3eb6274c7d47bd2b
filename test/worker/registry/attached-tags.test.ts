import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import type { JsonContent } from "../../../image/referrers/json-content.ts";
import { attachedRecordJson } from "../../../protocol/attached-record.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { attachedKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { ABSENT_IMAGE } from "../../image/signatures/signed-image.ts";
import { type Attached, describeImage, newSigner, storeAsManifest, storeAttached, storeList } from "../attached.ts";
import { callWorker, pull, readError, startIsolate, storedKeys } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { originCalls } from "../origin.ts";
import { failingR2 } from "../outages.ts";

const { digest: IMAGE } = ABSENT_IMAGE;
const SIGNATURES = attachedTag("signatures", IMAGE);
const ATTESTATIONS = attachedTag("attestations", IMAGE);
const REFERRERS = attachedTag("referrers", IMAGE);
const NOWHERE = sha256Digest("0".repeat(64));

let attached: Attached;
let log: ReturnType<typeof spyOnLog>;

beforeEach(async () => {
  log = spyOnLog();
  attached = await describeImage(ABSENT_IMAGE, await newSigner());
  await storeAttached(ABSENT_IMAGE, attached);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function ask(tag: string, init?: RequestInit): Promise<Response> {
  return pull(`/v2/git/manifests/${tag}`, init);
}

describe.each<[tag: string, named: (attached: Attached) => JsonContent]>([
  [SIGNATURES, ({ signatures }) => signatures.manifest],
  [ATTESTATIONS, ({ attestations }) => attestations.manifest],
  [REFERRERS, ({ list }) => list],
])("the tag %s", (tag, named) => {
  test.each(["GET", "HEAD"])("answers %s with its manifest, which may change", async (method) => {
    const { digest, json, mediaType, size } = named(attached);
    const response = await ask(tag, { method });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": mediaType,
      "content-length": String(size),
      "docker-content-digest": digest,
      "cache-control": "public, max-age=60, stale-while-revalidate=300, no-transform",
      "cornice-cache": "r2",
    });
    expect(await response.text()).toBe(method === "HEAD" ? "" : json);
  });

  test("does not send again what the client has", async () => {
    const response = await ask(tag, { headers: { "If-None-Match": `"${named(attached).digest}"` } });
    expect(response.status).toBe(304);
  });

  test("is 503 while R2 is down", async () => {
    const response = await callWorker({ R2: failingR2() }, `/v2/git/manifests/${tag}`).response;
    expect(response.status).toBe(503);
    await response.arrayBuffer();
  });
});

test("all artifacts and their list are served by digest, for ever", async () => {
  await storeAsManifest(attached.list);
  for (const { digest, json, mediaType } of [attached.list, ...attached.referrers.map(({ manifest }) => manifest)]) {
    const response = await ask(digest);
    expect(response.headers.get("Content-Type")).toBe(mediaType);
    expect(response.headers.get("Cache-Control")).toContain("immutable");
    expect(await response.text()).toBe(json);
  }
});

test("an isolate serves another manifest as soon as the tag names one", async () => {
  const isolate = startIsolate();
  const path = `/v2/git/manifests/${SIGNATURES}`;
  const before = await isolate.settle(path);
  const rotated = await describeImage(ABSENT_IMAGE, await newSigner());
  await storeAttached(ABSENT_IMAGE, rotated);
  const after = await isolate.settle(path);
  expect(before.headers.get("Docker-Content-Digest")).toBe(attached.signatures.manifest.digest);
  expect(after.headers.get("Docker-Content-Digest")).toBe(rotated.signatures.manifest.digest);
});

async function expectUnknown(tag: string, message: string): Promise<void> {
  const response = await ask(tag);
  expect(response.status).toBe(404);
  expect(await readError(response)).toEqual({ code: "MANIFEST_UNKNOWN", message });
}

describe("a tag that names nothing is 404 in words, and builds nothing", () => {
  test.each([
    [attachedTag("signatures", NOWHERE), "this image has no signature"],
    [attachedTag("attestations", NOWHERE), "this image has no attestation"],
    [attachedTag("referrers", NOWHERE), "nothing refers to this image"],
    [attachedTag("sbom", IMAGE), "this image has no bill of materials under such a tag"],
    ["sha256-abc.sig", "this image has no signature"],
    [SIGNATURES.toUpperCase().replace("SHA256", "sha256"), "this image has no signature"],
    [`${SIGNATURES}.sig`, "this image has no signature"],
  ])("%s: %s", async (tag, message) => {
    const before = await storedKeys();
    await expectUnknown(tag, message);
    expect(await originCalls("git")).toEqual([]);
    expect(await storedKeys()).toEqual(before);
  });

  test.each([attachedTag("sbom", IMAGE), "sha256-abc.sig"])("%s is not looked up", async (tag) => {
    const response = await callWorker({ R2: failingR2() }, `/v2/git/manifests/${tag}`).response;
    expect(response.status).toBe(404);
    await response.arrayBuffer();
  });
});

describe("a bad record is 404 in words, and is logged", () => {
  const RECORD = JSON.stringify(
    attachedRecordJson({ etag: "e", referrers: NOWHERE, signatures: NOWHERE, attestations: NOWHERE }),
  );

  test.each([
    ["damaged", "{"],
    ["empty", ""],
    ["of another version", RECORD.replace("1", "2")],
    ["without a digest", '{"version":1,"etag":"e"}'],
    ["with another algorithm", '{"version":1,"etag":"e","referrers":"sha512:0"}'],
    ["too large", `${RECORD}${" ".repeat(5000)}`],
  ])("%s", async (_, record) => {
    await env.R2.put(attachedKey(IMAGE), record);
    await expectUnknown(SIGNATURES, "this image has no signature");
    expect(log.mock.calls.join()).toContain(attachedKey(IMAGE));
  });

  test("whose manifest is missing", async () => {
    await env.R2.put(attachedKey(IMAGE), RECORD);
    await expectUnknown(ATTESTATIONS, "this image has no attestation");
  });

  test.each([
    ["with other bytes", "{}", "application/vnd.oci.image.manifest.v1+json"],
    ["with another type", undefined, "text/html"],
  ])("whose manifest is stored %s", async (_, text, contentType) => {
    const { digest, json } = attached.signatures.manifest;
    await env.R2.put(manifestKey(digest), text ?? json, { httpMetadata: { contentType } });
    await expectUnknown(SIGNATURES, "this image has no signature");
    expect(log.mock.calls.join()).toContain(digest);
  });

  test.each(["{", '{"manifests":[]}', '{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[1]}'])(
    "in place of a list of referrers: %s",
    async (text) => {
      await storeList(IMAGE, text);
      await expectUnknown(REFERRERS, "nothing refers to this image");
      expect(log.mock.calls.join()).toContain(IMAGE);
    },
  );
});

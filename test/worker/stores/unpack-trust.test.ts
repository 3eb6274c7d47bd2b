import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { attachmentsOf } from "../../../image/trust/attachments.ts";
import { documentsOf } from "../../../image/trust/image-documents.ts";
import { signRecord } from "../../../image/trust/sign-record.ts";
import { trustId } from "../../../image/trust/trust-id.ts";
import { encodeTrust } from "../../../image/trust/trust-file.ts";
import type { TrustRecord } from "../../../image/trust/trust-record.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { trustKey } from "../../../protocol/storage-keys.ts";
import { newSigner } from "../attached.ts";
import { pull, readError, startIsolate, storedKeys } from "../client.ts";
import { storeCollection } from "../collection.ts";
import { spyOnLog } from "../failure-log.ts";
import { storeImage, type TestImage } from "../images.ts";

const DOCUMENTS = await documentsOf({ spdx: '{"a":1}', cyclonedx: '{"b":1}', provenance: '{"c":1}' });

let image: TestImage;
let key: string;

beforeEach(async () => {
  image = await storeImage("git");
  key = trustKey(await trustId(image.oci.digest, new TextDecoder().decode(image.oci.bytes)));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function sign(): Promise<TrustRecord> {
  const subjects = [image.oci, image.docker].map(({ digest, mediaType, bytes }) => ({
    digest,
    mediaType,
    size: bytes.length,
  }));
  const [first, ...others] = subjects;
  if (!first) throw new Error("the image has no manifest");
  const unsigned = { subjects: [first, ...others], reference: "registry.test/git", documents: DOCUMENTS } as const;
  return signRecord(unsigned, [await newSigner()]);
}

async function store(record: TrustRecord): Promise<void> {
  await env.R2.put(key, (await encodeTrust(record)) ?? "");
}

const ask = (reference: string) => pull(`/v2/git/manifests/${reference}`);
const digestAt = async (reference: string) => {
  const response = await ask(reference);
  await response.arrayBuffer();
  return response.headers.get("Docker-Content-Digest");
};
const signaturesOf = (digest: Digest) => attachedTag("signatures", digest);

test("the first client that verifies an image unpacks its record", async () => {
  const record = await sign();
  await store(record);
  expect((await storedKeys()).filter((each) => each.startsWith("attached/"))).toEqual([]);
  const [oci, docker] = await attachmentsOf(record);
  expect(await digestAt(signaturesOf(image.oci.digest))).toBe(oci?.signatures?.digest);
  expect(await digestAt(attachedTag("attestations", image.oci.digest))).toBe(oci?.attestations?.digest);
  expect(await digestAt(attachedTag("referrers", image.oci.digest))).toBe(oci?.referrers.digest);
  expect(await digestAt(oci?.referrers.digest ?? "")).toBe(oci?.referrers.digest);
  expect(await digestAt(signaturesOf(image.docker.digest))).toBe(docker?.signatures?.digest);
  for (const { manifest, blobs } of oci?.artifacts ?? []) {
    expect(await (await ask(manifest.digest)).text()).toBe(manifest.json);
    for (const { digest, json } of blobs) expect(await (await pull(`/v2/git/blobs/${digest}`)).text()).toBe(json);
  }
});

test("a second client unpacks nothing", async () => {
  await store(await sign());
  await digestAt(signaturesOf(image.oci.digest));
  const put = vi.spyOn(env.R2, "put");
  const isolate = startIsolate();
  await (await isolate.settle(`/v2/git/referrers/${image.oci.digest}`)).arrayBuffer();
  await (await isolate.settle(`/v2/git/manifests/${signaturesOf(image.docker.digest)}`)).arrayBuffer();
  expect(put).not.toHaveBeenCalled();
});

test("a record that was signed again is unpacked again", async () => {
  await store(await sign());
  const before = await digestAt(signaturesOf(image.oci.digest));
  const again = await sign();
  await store(again);
  const [oci] = await attachmentsOf(again);
  expect(await digestAt(signaturesOf(image.oci.digest))).toBe(oci?.signatures?.digest);
  expect(oci?.signatures?.digest).not.toBe(before);
  expect((await ask(before ?? "")).status).toBe(200);
});

test.each([
  ["damaged", async () => "{"],
  ["of other signatures", async () => encodeTrust({ ...(await sign()), reference: "registry.test/htop" })],
])("a record that is %s is logged, and leads nowhere", async (_, file) => {
  const log = spyOnLog();
  await env.R2.put(key, (await file()) ?? "");
  expect((await ask(signaturesOf(image.oci.digest))).status).toBe(404);
  expect(log.mock.calls.join()).toContain(key);
  expect((await storedKeys()).filter((each) => each.startsWith("attached/"))).toEqual([]);
});

describe.each(["condemned", "sweeping"] as const)("in phase %s of a garbage collection", (phase) => {
  test("a record is not unpacked if the image or a part of the record is condemned. Afterwards it is", async () => {
    const record = await sign();
    await store(record);
    const [oci] = await attachmentsOf(record);
    for (const condemned of [image.oci.digest, oci?.artifacts[0]?.manifest.digest ?? image.oci.digest]) {
      await storeCollection({ generation: 1, phase }, [condemned]);
      const response = await startIsolate().settle(`/v2/git/manifests/${signaturesOf(image.oci.digest)}`);
      expect(response.status).toBe(503);
      expect((await readError(response)).message).toContain("ask again in an hour");
    }
    expect((await storedKeys()).filter((each) => each.startsWith("attached/"))).toEqual([]);
    await storeCollection({ generation: 3 });
    expect(await digestAt(signaturesOf(image.oci.digest))).toBe(oci?.signatures?.digest);
  });

  test("what is not condemned is unpacked", async () => {
    await store(await sign());
    await storeCollection({ generation: 1, phase });
    expect((await ask(signaturesOf(image.oci.digest))).status).toBe(200);
  });
});

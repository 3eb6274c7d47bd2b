import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { type BuildAttestation, buildAttestation } from "../../../image/referrers/build-attestation.ts";
import { statement } from "../../../image/referrers/statement.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import { describeImage, newSigner, storeArtifact, storeAttached } from "../attached.ts";
import { startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { BOTH, listOf, storeList, type TestList } from "../lists.ts";
import { basic, restricted, storePackages } from "./users.ts";

const SETTINGS = { ...BOTH, ...restricted("basic", "git") };
const ALICE = { Authorization: basic("alice", "wonderland") };

interface AttestedList extends TestList {
  readonly attestations: readonly BuildAttestation[];
}

let open: AttestedList;
let secret: AttestedList;

beforeEach(async () => {
  spyOnLog();
  open = await attestedList("git", "git");
  secret = await attestedList("git/secret", "git secret");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function attestedList(name: string, packages: string): Promise<AttestedList> {
  // The second label makes another image of the same packages.
  const images = { amd64: await storePackages(name, packages), arm64: await storePackages(name, `${packages} git`) };
  const attestations = await Promise.all(Object.values(images).map(({ oci }) => attest(oci.digest)));
  const list = await listOf(images, attestations);
  await storeList(name, list);
  return { ...list, attestations };
}

interface Subject {
  readonly digest: Digest;
}

async function attest(
  image: Digest,
  subjects: readonly [Subject, ...Subject[]] = [{ digest: image }],
): Promise<BuildAttestation> {
  const made = ["https://spdx.dev/Document", "https://slsa.dev/provenance/v1"].map((predicateType) =>
    statement({ subjects, predicateType, predicate: { of: predicateType } }),
  );
  const attestation = await buildAttestation(image, await Promise.all(made));
  await storeArtifact(attestation);
  return attestation;
}

/** Under the name of a public image, as a guest and as a user. The isolate has answered the user before. */
async function statuses(path: string): Promise<[guest: number, user: number]> {
  const isolate = startIsolate(SETTINGS);
  const user = await isolate.settle(`/v2/git/${path}`, { headers: ALICE });
  const guest = await isolate.settle(`/v2/git/${path}`);
  return [guest.status, user.status];
}

test("a guest gets a public name's list, and nothing of a private one", async () => {
  const isolate = startIsolate(SETTINGS);
  const answer = await isolate.settle("/v2/git/manifests/latest");
  expect([answer.status, answer.headers.get("Docker-Content-Digest")]).toEqual([200, open.oci.digest]);
  expect((await isolate.settle("/v2/git/secret/manifests/latest")).status).toBe(401);
});

describe("by digest, a guest gets", () => {
  test.each(["oci", "docker"] as const)("the list of public images, not of others (%s)", async (format) => {
    expect(await statuses(`manifests/${open[format].digest}`)).toEqual([200, 200]);
    expect(await statuses(`manifests/${secret[format].digest}`)).toEqual([404, 200]);
  });

  test("all manifests that the list of public images names, and their blobs", async () => {
    const named = Object.values(open.images).flatMap(({ oci, docker }) => [oci, docker]);
    for (const { digest } of named) expect(await statuses(`manifests/${digest}`)).toEqual([200, 200]);
    for (const { manifest, blobs } of open.attestations) {
      expect(await statuses(`manifests/${manifest.digest}`)).toEqual([200, 200]);
      for (const { digest } of blobs) expect(await statuses(`blobs/${digest}`)).toEqual([200, 200]);
    }
  });

  test("no image and no attestation of a private list", async () => {
    const named = Object.values(secret.images).map(({ oci }) => oci.digest);
    for (const digest of [...named, ...secret.attestations.map(({ manifest }) => manifest.digest)]) {
      expect(await statuses(`manifests/${digest}`)).toEqual([404, 200]);
    }
  });

  test("no list that has a private image beside a public one", async () => {
    const [amd64, arm64] = [open.images.amd64, secret.images.arm64];
    const mixed = await listOf({ ...(amd64 && { amd64 }), ...(arm64 && { arm64 }) });
    await storeList("mixed", mixed);
    expect(await statuses(`manifests/${mixed.oci.digest}`)).toEqual([404, 200]);
  });

  test("no attestation whose statements are missing, or are also about a private image", async () => {
    const [image, hidden] = [open.images.amd64?.oci, secret.images.amd64?.oci];
    if (!image || !hidden) throw new Error("the lists have both images");
    const mixed = await attest(image.digest, [image, hidden]);
    expect(await statuses(`manifests/${mixed.manifest.digest}`)).toEqual([404, 200]);
    const [lost] = open.attestations;
    for (const { digest } of lost?.blobs ?? []) await env.R2.delete(blobKey(digest));
    expect(await statuses(`manifests/${lost?.manifest.digest}`)).toEqual([404, 200]);
  });
});

test("what refers to a list is as public as the list", async () => {
  for (const [{ oci }, status] of [
    [open, 200],
    [secret, 404],
  ] as const) {
    const subject = { ...oci, size: oci.bytes.length };
    const attached = await describeImage(subject, await newSigner());
    await storeAttached(subject, attached);
    expect(await statuses(`manifests/${attachedTag("signatures", oci.digest)}`)).toEqual([status, 200]);
    expect(await statuses(`manifests/${attachedTag("referrers", oci.digest)}`)).toEqual([status, 200]);
    for (const { manifest } of attached.referrers) {
      expect(await statuses(`manifests/${manifest.digest}`)).toEqual([status, 200]);
    }
  }
});

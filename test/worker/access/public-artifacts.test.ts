import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { artifact } from "../../../image/referrers/artifact.ts";
import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { jsonContent } from "../../../image/referrers/json-content.ts";
import { ociManifest } from "../../../image/referrers/oci-manifest.ts";
import { type ReferrerEntry, referrersIndex } from "../../../image/referrers/referrers-index.ts";
import type { ContentDescriptor } from "../../../protocol/artifact-manifest.ts";
import { PACKAGES_LABEL } from "../../../protocol/package-label.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import { type Attached, describeImage, newSigner, storeArtifact, storeAsManifest, storeAttached } from "../attached.ts";
import { startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { basic, restricted, storeLabels, storePackages } from "./users.ts";

const ALICE = { Authorization: basic("alice", "wonderland") };
const SETTINGS = restricted("basic", "git");

/** An image with all that stands beside it. */
interface Described extends Attached {
  readonly image: ContentDescriptor;
}

let open: Described;
let secret: Described;

beforeEach(async () => {
  spyOnLog();
  open = await describedImage("git");
  secret = await describedImage("git secret");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function describedImage(packages: string): Promise<Described> {
  const { oci } = await storePackages(packages.replace(" ", "/"), packages);
  const image = { mediaType: oci.mediaType, digest: oci.digest, size: oci.bytes.length };
  const attached = await describeImage(image, await newSigner());
  await storeAttached(image, attached);
  await storeAsManifest(attached.list);
  return { image, ...attached };
}

/** Under the name of a public image, as a guest and as a user. The isolate has answered the user before. */
async function ask(path: string): Promise<{ guest: Response; user: Response }> {
  const isolate = startIsolate(SETTINGS);
  const user = await isolate.settle(`/v2/git/${path}`, { headers: ALICE });
  return { guest: await isolate.settle(`/v2/git/${path}`), user };
}

async function statuses(path: string): Promise<[guest: number, user: number]> {
  const { guest, user } = await ask(path);
  return [guest.status, user.status];
}

const TAGS = ["signatures", "attestations", "referrers"] as const;

describe.each(TAGS)("the tag of the %s", (kind) => {
  test("of a public image is for everybody, that of another image for users alone", async () => {
    expect(await statuses(`manifests/${attachedTag(kind, open.image.digest)}`)).toEqual([200, 200]);
    expect(await statuses(`manifests/${attachedTag(kind, secret.image.digest)}`)).toEqual([404, 200]);
  });

  test("of a private image is unknown in the same words as one that is missing", async () => {
    const missing = `manifests/${attachedTag(kind, secret.referrers[0]?.manifest.digest ?? secret.image.digest)}`;
    const [hidden, absent] = await Promise.all([
      ask(`manifests/${attachedTag(kind, secret.image.digest)}`),
      ask(missing),
    ]);
    expect(await hidden.guest.text()).toBe(await absent.guest.text());
  });
});

describe("by digest", () => {
  test("each artifact of a public image is for everybody, that of another image for users alone", async () => {
    for (const { manifest } of open.referrers)
      expect(await statuses(`manifests/${manifest.digest}`)).toEqual([200, 200]);
    for (const { manifest } of secret.referrers)
      expect(await statuses(`manifests/${manifest.digest}`)).toEqual([404, 200]);
  });

  test("the list of referrers is as public as its artifacts", async () => {
    expect(await statuses(`manifests/${open.list.digest}`)).toEqual([200, 200]);
    expect(await statuses(`manifests/${secret.list.digest}`)).toEqual([404, 200]);
  });

  test("a list that names a private artifact beside public ones is for users alone", async () => {
    const mixed = await referrersIndex([...open.referrers, ...secret.referrers].map(({ entry }) => entry));
    await storeAsManifest(mixed);
    expect(await statuses(`manifests/${mixed.digest}`)).toEqual([404, 200]);
  });

  test("an empty list is for users alone", async () => {
    const empty = await referrersIndex([]);
    await storeAsManifest(empty);
    expect(await statuses(`manifests/${empty.digest}`)).toEqual([404, 200]);
  });

  test("the manifest of a signature's tag names no image, so it is for users alone", async () => {
    expect(await statuses(`manifests/${open.signatures.manifest.digest}`)).toEqual([404, 200]);
  });

  test("an artifact without its image is for users alone", async () => {
    const { digest } = open.referrers[0]?.manifest ?? open.list;
    await env.R2.delete((await env.R2.list({ prefix: "manifests/" })).objects.map(({ key }) => key));
    await env.KV.delete(`manifest/${open.image.digest}`);
    await storeArtifact(open.referrers[0] ?? open.signatures);
    expect(await statuses(`manifests/${digest}`)).toEqual([404, 200]);
  });
});

describe("a manifest opens no more by what it says of itself", () => {
  test("a private image that names a public subject is for users alone", async () => {
    const config = await jsonContent("m", JSON.stringify({ config: { Labels: { [PACKAGES_LABEL]: "secret" } } }));
    const unlabelled = await jsonContent("m", JSON.stringify({ config: {} }));
    for (const each of [config, unlabelled]) {
      const manifest = await ociManifest({ config: each, layers: [], subject: open.image });
      await storeArtifact({ manifest, blobs: [each] });
      expect(await statuses(`manifests/${manifest.digest}`)).toEqual([404, 200]);
    }
  });

  test("a chain of artifacts that is too long is for users alone", async () => {
    let subject: ContentDescriptor = open.image;
    const found: number[] = [];
    for (const name of ["1", "2", "3", "4"]) {
      const made = await artifact({ subject, artifactType: "m", layers: [await jsonContent("m", `"${name}"`)] });
      await storeArtifact(made);
      // A new isolate for each: it remembers no answer.
      found.push((await ask(`manifests/${made.manifest.digest}`)).guest.status);
      subject = made.manifest;
    }
    expect(found).toEqual([200, 200, 200, 404]);
  });

  test("a list of very many artifacts is for users alone", async () => {
    const entries: ReferrerEntry[] = [];
    for (let index = 0; index < 51; index++) {
      const layers = [await jsonContent("m", String(index))] as const;
      const made = await artifact({ subject: open.image, artifactType: "m", layers });
      await storeArtifact(made);
      entries.push(made.entry);
    }
    for (const [count, status] of [
      [50, 200],
      [51, 404],
    ] as const) {
      const list = await referrersIndex(entries.slice(0, count));
      await storeAsManifest(list);
      expect(await statuses(`manifests/${list.digest}`)).toEqual([status, 200]);
    }
  });

  test("a public image whose config has labels of a package set's image stays closed with its artifacts", async () => {
    const { oci } = await storeLabels("images/web", { "cornice.image-packages": "git" });
    const image = { mediaType: oci.mediaType, digest: oci.digest, size: oci.bytes.length };
    const [bundle] = (await describeImage(image, await newSigner())).referrers;
    if (bundle) await storeArtifact(bundle);
    expect(await statuses(`manifests/${bundle?.manifest.digest}`)).toEqual([404, 200]);
  });
});

describe("the list by the referrers API", () => {
  test.each(["", "?artifactType=application/spdx%2Bjson"])(
    "%s of a private image is empty for guests",
    async (query) => {
      const { guest, user } = await ask(`referrers/${secret.image.digest}${query}`);
      expect(await guest.json()).toMatchObject({ manifests: [] });
      expect(JSON.stringify(await user.json())).toContain("application/spdx+json");
      const { guest: sees } = await ask(`referrers/${open.image.digest}${query}`);
      expect(JSON.stringify(await sees.json())).toContain("application/spdx+json");
    },
  );
});

test("a document is a blob like others: who knows its digest gets it", async () => {
  const [blob] = open.referrers.at(-1)?.blobs ?? [];
  expect(await env.R2.head(blobKey(blob?.digest ?? open.image.digest))).not.toBeNull();
  expect(await statuses(`blobs/${blob?.digest}`)).toEqual([200, 200]);
});

import { describe, expect } from "vitest";
import type { Verification } from "../../../cli/verification/verify-target.ts";
import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { referrersIndex, parseReferrersIndex } from "../../../image/referrers/referrers-index.ts";
import { test } from "../../origin/fixtures.ts";
import { containing } from "../../matchers.ts";
import { startTestRegistry, type StoredAnswer } from "../registry/test-registry.ts";
import { digestOf, newSigner, PATHS, type PublishedImage, publishImage } from "./published-image.ts";
import { failures, type OnEnd, verifyAt, verifyContent } from "./verify-content.ts";

function verify(
  { content, signer }: PublishedImage,
  onEnd: OnEnd,
  options: Partial<Parameters<typeof verifyContent>[2]> = {},
): Promise<Verification> {
  return verifyContent(onEnd, content, { keys: [signer.publicKey], ...options });
}

function stored({ content }: PublishedImage, path: string): StoredAnswer {
  const found = content.get(path);
  if (!found) throw new Error(`the registry has no ${path}`);
  return found;
}

/** Replaces an answer by other bytes of the same length. */
function damage(published: PublishedImage, path: string): void {
  const { mediaType, body } = stored(published, path);
  const bytes = Buffer.from(body);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  published.content.set(path, { mediaType, body: bytes });
}

test("a whole image is verified, and nothing fails or is absent", async ({ onTestFinished }) => {
  const published = await publishImage();
  const verification = await verify(published, onTestFinished);
  expect(verification).toMatchObject({
    verified: true,
    digest: published.image.digest,
    signedBy: [published.signer.keyId],
  });
  expect(verification.findings.filter(({ outcome }) => outcome !== "holds")).toEqual([]);
  const checks = new Set(verification.findings.map(({ check }) => check));
  expect([...checks].toSorted()).toEqual(["config", "coverage", "digest", "document", "layer", "signature"]);
});

test("an image of cosign's forms alone is verified by its digest, too", async ({ onTestFinished }) => {
  const published = await publishImage();
  published.content.delete("/v2/git/manifests/latest");
  const { verified } = await verify(published, onTestFinished, { target: `@${published.image.digest}` });
  expect(verified).toBe(true);
});

describe("a damaged blob is named:", () => {
  test("a layer", async ({ onTestFinished }) => {
    const published = await publishImage();
    const [layer] = published.layers;
    damage(published, `/v2/git/blobs/${layer?.digest}`);
    expect(failures(await verify(published, onTestFinished))).toEqual([
      containing(`layer: layer 1 (${layer?.digest}): its bytes are altered: their digest is sha256:`),
    ]);
  });

  test("a layer that is missing", async ({ onTestFinished }) => {
    const published = await publishImage();
    const digest = published.layers[1]?.digest;
    published.content.delete(`/v2/git/blobs/${digest}`);
    expect(failures(await verify(published, onTestFinished))).toEqual([containing(`layer: layer 2 (${digest}): `)]);
  });

  test("the config", async ({ onTestFinished }) => {
    const published = await publishImage();
    damage(published, `/v2/git/blobs/${published.config.digest}`);
    const { verified, findings } = await verify(published, onTestFinished);
    expect(verified).toBe(false);
    expect(findings.map(({ message }) => message).join()).toContain(
      `the document ${published.config.digest} has other bytes than its digest says`,
    );
  });

  test("the manifest behind a digest", async ({ onTestFinished }) => {
    const published = await publishImage();
    damage(published, `/v2/git/manifests/${published.image.digest}`);
    await expect(verify(published, onTestFinished, { target: `@${published.image.digest}` })).rejects.toThrow(
      `the manifest ${published.image.digest} has other bytes`,
    );
  });

  test("every document and every signature", async ({ onTestFinished }) => {
    const published = await publishImage();
    const own = new Set<string>([published.config, ...published.layers].map(({ digest }) => digest));
    const attached = [...published.content.keys()].filter(
      (path) => path.includes("/blobs/") && !own.has(path.replace("/v2/git/blobs/", "")),
    );
    const served = new Map(published.content);
    const survivors: string[] = [];
    for (const path of attached) {
      const { body } = stored(published, path);
      damage(published, path);
      const { verified } = await verify(published, onTestFinished);
      if (verified) survivors.push(String(body).slice(0, 40));
      published.content.set(path, { ...stored(published, path), body: served.get(path)?.body ?? "" });
    }
    // Nobody reads the configs of cosign's two tags, and the empty config of an artifact.
    const cosignConfig = '{"architecture":""';
    expect(survivors.map((text) => text.slice(0, 18)).toSorted()).toEqual([cosignConfig, cosignConfig, "{}"]);
    expect(attached.length - survivors.length).toBeGreaterThan(6);
  });
});

describe("the key decides:", () => {
  test("another key verifies nothing", async ({ onTestFinished }) => {
    const published = await publishImage();
    const { publicKey } = await newSigner();
    const verification = await verify(published, onTestFinished, { keys: [publicKey] });
    expect(verification).toMatchObject({ verified: false, signedBy: [] });
    expect(failures(verification)).toContainEqual(containing("no trusted key has made the signature"));
  });

  test("one of two keys is enough", async ({ onTestFinished }) => {
    const published = await publishImage();
    const keys = [(await newSigner()).publicKey, published.signer.publicKey];
    expect(await verify(published, onTestFinished, { keys })).toMatchObject({ verified: true });
  });

  test("without a key, the layers are still read", async ({ onTestFinished }) => {
    const published = await publishImage({ signer: null });
    const verification = await verify(published, onTestFinished, { keys: [] });
    expect(verification.verified).toBe(false);
    expect(verification.findings).toContainEqual({
      check: "layer",
      outcome: "holds",
      message: "2 layers: digest, size and diffID",
    });
  });
});

describe("an image that lacks something is not verified:", () => {
  test("it has no signature at all", async ({ onTestFinished }) => {
    const published = await publishImage({ signer: null });
    const { publicKey } = await newSigner();
    const verification = await verify(published, onTestFinished, { keys: [publicKey] });
    expect(failures(verification)).toContainEqual(
      containing(`signature: no trusted key has signed ${published.image.digest}`),
    );
    expect(failures(verification)).toContainEqual(containing("SPDX: no trusted key has signed the document"));
  });

  test("it lacks one form of the signature, and is verified by the other one", async ({ onTestFinished }) => {
    const published = await publishImage();
    published.content.delete(`/v2/git/manifests/${attachedTag("signatures", published.image.digest)}`);
    const { verified, findings } = await verify(published, onTestFinished);
    expect(verified).toBe(true);
    expect(findings).toContainEqual({
      check: "signature",
      outcome: "absent",
      message: `${published.image.digest}, cosign 2 (tag): there is none`,
    });
  });

  test("its bills lack a store path of the layers", async ({ onTestFinished }) => {
    const published = await publishImage({ billed: PATHS.slice(0, 1) });
    expect(failures(await verify(published, onTestFinished))).toEqual(
      ["SPDX", "CycloneDX"].map((name) => `coverage: ${name} lacks 1 store path (${PATHS[1]}) of the layers`),
    );
  });

  test("its bills list a store path that no layer has", async ({ onTestFinished }) => {
    const other = "/nix/store/0000000000000000000000000000000c-other";
    const published = await publishImage({ billed: [...PATHS, other] });
    expect(failures(await verify(published, onTestFinished))).toContain(
      `coverage: SPDX lists 1 store path (${other}) that no layer has`,
    );
  });

  test("it is for another platform", async ({ onTestFinished }) => {
    const published = await publishImage();
    expect(failures(await verify(published, onTestFinished, { architecture: "arm64" }))).toEqual([
      `platform: ${published.image.digest} is no image for linux/arm64`,
    ]);
  });
});

test("an unsigned document that contradicts the signed one is named", async ({ onTestFinished }) => {
  const published = await publishImage();
  const other = await publishImage({ signer: published.signer, billed: PATHS.slice(0, 1) });
  // The list of the honest image gets the bill that the other one has: it is about the same digest.
  const list = parseReferrersIndex(String(stored(published, referrers(published)).body)) ?? [];
  const theirs = parseReferrersIndex(String(stored(other, referrers(other)).body)) ?? [];
  const forged = theirs.filter(({ artifactType }) => artifactType === "application/spdx+json");
  const { json, mediaType } = await referrersIndex([
    ...list.filter(({ artifactType }) => artifactType !== "application/spdx+json"),
    ...forged,
  ]);
  const content = new Map([...other.content, ...published.content, [referrers(published), { mediaType, body: json }]]);
  expect(failures(await verify({ ...published, content }, onTestFinished))).toEqual([
    "document: SPDX: the document and the signed statement say different things",
  ]);
});

function referrers({ image }: PublishedImage): string {
  return `/v2/git/referrers/${image.digest}`;
}

test("the layers are not read with --no-blobs", async ({ onTestFinished }) => {
  const published = await publishImage();
  const registry = await startTestRegistry(onTestFinished, published.content);
  const { verified } = await verifyAt(registry, { keys: [published.signer.publicKey], readsBlobs: false });
  expect(verified).toBe(true);
  expect(registry.asked).not.toContainEqual(containing(String(published.layers[0]?.digest)));
});

test("a layer of other bytes than the config says is named by its diffID", async ({ onTestFinished }) => {
  const published = await publishImage();
  const text = published.config.json.replace(published.layers[0]?.diffId ?? "", digestOf(Buffer.from("other")));
  const config = digestOf(Buffer.from(text));
  const manifest = published.image.json.replace(published.config.digest, config);
  published.content.set(`/v2/git/blobs/${config}`, { mediaType: "application/json", body: text });
  published.content.set("/v2/git/manifests/latest", { mediaType: published.image.mediaType, body: manifest });
  expect(failures(await verify(published, onTestFinished))).toContainEqual(
    containing("layer 1 (" + published.layers[0]?.digest + "): its uncompressed bytes have the diffID"),
  );
});

test("while keys are changed, the bundles of the other key do no harm", async ({ onTestFinished }) => {
  const [old, current] = [await publishImage(), await publishImage()];
  const lists = [old, current].map((each) => parseReferrersIndex(String(stored(each, referrers(each)).body)) ?? []);
  const { json, mediaType } = await referrersIndex(lists.flat());
  const content = new Map([...old.content, ...current.content, [referrers(current), { mediaType, body: json }]]);
  const verification = await verify({ ...current, content }, onTestFinished);
  expect([verification.verified, failures(verification)]).toEqual([true, []]);
});

import { describe, expect } from "vitest";
import type { KeySigner } from "../../../image/signing-keys/signer.ts";
import { test } from "../../origin/fixtures.ts";
import { containing } from "../../matchers.ts";
import { failures, verifyContent } from "./verify-content.ts";
import { newSigner, publishImage, publishList } from "./published-image.ts";

/** A list of an image for each platform. */
async function published(signer: KeySigner, listSigner: KeySigner | undefined, imageSigner: KeySigner | null) {
  const amd64 = { ...(await publishImage({ signer: imageSigner })), architecture: "amd64" } as const;
  const arm64 = {
    ...(await publishImage({ signer: imageSigner, architecture: "arm64" })),
    architecture: "arm64",
  } as const;
  return { ...(await publishList([amd64, arm64], listSigner)), amd64, arm64, keys: [signer.publicKey] };
}

test("a list is verified with all its images, and with the statements in it", async ({ onTestFinished }) => {
  const signer = await newSigner();
  const { list, amd64, arm64, content, keys } = await published(signer, signer, signer);
  const verification = await verifyContent(onTestFinished, content, { keys });
  expect(failures(verification)).toEqual([]);
  expect(verification).toMatchObject({ verified: true, digest: list.digest, signedBy: [signer.keyId] });
  const digests = verification.images.map(({ image }) => image.manifest.digest);
  expect(digests).toEqual([amd64.image.digest, arm64.image.digest]);
  for (const digest of digests)
    expect(verification.findings).toContainEqual({
      check: "document",
      outcome: "holds",
      message: `1 statement in the list about ${digest}`,
    });
});

test("one platform can be chosen", async ({ onTestFinished }) => {
  const signer = await newSigner();
  const { arm64, content, keys } = await published(signer, signer, signer);
  const { verified, images } = await verifyContent(onTestFinished, content, { keys, architecture: "arm64" });
  expect([verified, images.map(({ image }) => image.manifest.digest)]).toEqual([true, [arm64.image.digest]]);
});

describe("the signatures of a list:", () => {
  test("without one of its own, each image needs one", async ({ onTestFinished }) => {
    const signer = await newSigner();
    const { content, keys } = await published(signer, undefined, signer);
    expect(await verifyContent(onTestFinished, content, { keys })).toMatchObject({ verified: true });
  });

  test("with none at all, it is not verified", async ({ onTestFinished }) => {
    const { list, content, keys } = await published(await newSigner(), undefined, null);
    const verification = await verifyContent(onTestFinished, content, { keys });
    expect(verification.verified).toBe(false);
    expect(failures(verification)).toContainEqual(containing(`signature: no trusted key has signed ${list.digest}`));
  });
});

describe("a damaged part of a list is named:", () => {
  test("an image that is not there", async ({ onTestFinished }) => {
    const signer = await newSigner();
    const { arm64, content, keys } = await published(signer, signer, signer);
    content.delete(`/v2/git/manifests/${arm64.image.digest}`);
    expect(failures(await verifyContent(onTestFinished, content, { keys }))).toEqual([
      containing(`config: ${arm64.image.digest}: `),
    ]);
  });

  test("a platform that the list lacks", async ({ onTestFinished }) => {
    const signer = await newSigner();
    const amd64 = { ...(await publishImage({ signer })), architecture: "amd64" } as const;
    const { content } = await publishList([amd64], signer);
    const options = { keys: [signer.publicKey], architecture: "arm64" };
    expect(failures(await verifyContent(onTestFinished, content, options))).toContain(
      "platform: the list has no image for linux/arm64",
    );
  });

  test("an image under the wrong platform", async ({ onTestFinished }) => {
    const signer = await newSigner();
    const wrong = { ...(await publishImage({ signer })), architecture: "arm64" } as const;
    const { content } = await publishList([wrong], signer);
    expect(failures(await verifyContent(onTestFinished, content, { keys: [signer.publicKey] }))).toEqual([
      `platform: ${wrong.image.digest} is no image for linux/arm64`,
    ]);
  });
});

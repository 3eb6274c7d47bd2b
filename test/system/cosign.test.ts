import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SIGN_PREDICATE_TYPE } from "../../image/referrers/artifact-types.ts";
import { attachedTag } from "../../image/referrers/attached-tags.ts";
import { referrersIndex } from "../../image/referrers/referrers-index.ts";
import { generatePrivateKey, parsePrivateKey } from "../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../image/signing-keys/signer.ts";
import { PREDICATE_TYPE, signedImage, type SignedImage } from "../image/signatures/signed-image.ts";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { output, type Outcome, run } from "./program.ts";
import { startStaticRegistry, type StaticRegistry } from "./static-registry.ts";

// The program cosign verifies what the sources write. While keys are rotated, either key is enough.

/** cosign 2 reads a bundle only with trusted authorities, though a key needs none of them. */
const EMPTY_TRUSTED_ROOT = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';

let cosign: string;
let folder: string;
let registry: StaticRegistry;
/** Has the list of referrers under a tag alone. */
let withoutApi: StaticRegistry;
let signed: SignedImage;

beforeAll(async () => {
  cosign = join(await unpackDebian13(["cosign"]), "usr/bin/cosign");
  folder = await mkdtemp(join(tmpdir(), "cornice-cosign-"));
  const [old, current, other] = await Promise.all([newSigner(), newSigner(), newSigner()]);
  signed = await signedImage([old, current]);
  await writeKey("old", old);
  await writeKey("current", current);
  await writeKey("other", other);
  await writeFile(join(folder, "trusted-root.json"), EMPTY_TRUSTED_ROOT);
  const content = await contentOf(signed);
  registry = await startStaticRegistry(content);
  withoutApi = await startStaticRegistry({ ...content, referrers: new Map() });
});

afterAll(async () => {
  await Promise.all([registry?.close(), withoutApi?.close()]);
  if (folder) await removeFolder(folder);
});

async function newSigner(): Promise<KeySigner> {
  return parsePrivateKey(await generatePrivateKey());
}

async function writeKey(name: string, { publicKey }: KeySigner): Promise<void> {
  await writeFile(join(folder, `${name}.pub`), publicKey.pem);
}

async function contentOf({ image, config, signatures, attestations, referrers }: SignedImage) {
  const stored = [signatures, attestations, ...referrers];
  const list = await referrersIndex(referrers.map(({ entry }) => entry));
  return {
    contents: [image, config, ...stored.flatMap(({ manifest, blobs }) => [manifest, ...blobs])],
    tags: new Map([
      ["latest", image],
      [signatures.tag, signatures.manifest],
      [attestations.tag, attestations.manifest],
      [attachedTag("referrers", image.digest), list],
    ]),
    referrers: new Map([[image.digest, list]]),
  };
}

function bundleOptions(): readonly string[] {
  return ["--new-bundle-format", "--trusted-root", join(folder, "trusted-root.json")];
}

/** Runs cosign without a network beside the registry: it must not need a transparency log, nor sigstore's own keys. */
function verify(command: string, key: string, ...options: readonly string[]): Promise<Outcome> {
  return verifyAt(registry, command, key, ...options);
}

function verifyAt(
  { host }: StaticRegistry,
  command: string,
  key: string,
  ...options: readonly string[]
): Promise<Outcome> {
  const image = `${host}/shell/git:latest`;
  const keyFile = join(folder, `${key}.pub`);
  const offline = ["--insecure-ignore-tlog", "--allow-http-registry"];
  const env = { ...process.env, HOME: folder, TUF_ROOT: join(folder, "tuf") };
  return run(cosign, [command, "--key", keyFile, ...offline, ...options, image], { env });
}

describe.each(["old", "current"])("with the %s key", (key) => {
  test("cosign verifies the signature at the tag", async () => {
    const { code, stdout, stderr } = await verify("verify", key);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain(`"docker-manifest-digest":"${signed.image.digest}"`);
  });

  test("cosign verifies the attestation at the tag", async () => {
    const { code, stderr } = await verify("verify-attestation", key, "--type", PREDICATE_TYPE);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  test.each([SIGN_PREDICATE_TYPE, PREDICATE_TYPE])("cosign verifies the bundle of %s", async (type) => {
    const { code, stderr } = await verify("verify-attestation", key, ...bundleOptions(), "--type", type);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});

test("cosign refuses the signature with another key", async () => {
  const { code, stderr } = await verify("verify", "other");
  expect(code).not.toBe(0);
  expect(stderr).toContain("no matching signatures");
});

test.each(["the tag", "the bundles"])("cosign refuses the attestation of %s with another key", async (place) => {
  const options = place === "the tag" ? [] : bundleOptions();
  const { code, stderr } = await verify("verify-attestation", "other", ...options, "--type", PREDICATE_TYPE);
  expect(code).not.toBe(0);
  expect(stderr).toContain("no matching attestations");
});

test("cosign finds the bundles without the referrers API", async () => {
  const options = [...bundleOptions(), "--type", PREDICATE_TYPE];
  expect(await verifyAt(withoutApi, "verify-attestation", "current", ...options)).toMatchObject({ code: 0 });
});

test("cosign finds both tags", async () => {
  const tree = await output(cosign, ["tree", "--allow-http-registry", `${registry.host}/shell/git:latest`]);
  expect(tree).toContain(signed.signatures.tag);
  expect(tree).toContain(signed.attestations.tag);
});

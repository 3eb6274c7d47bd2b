import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attachedTag } from "../../image/referrers/attached-tags.ts";
import type { JsonContent } from "../../image/referrers/json-content.ts";
import { referrersIndex } from "../../image/referrers/referrers-index.ts";
import { generatePrivateKey, parsePrivateKey } from "../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../image/signing-keys/signer.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { attachedRecordJson } from "../../protocol/attached-record.ts";
import { jsonMembers, parseJson } from "../../protocol/json-object.ts";
import { PACKAGES_LABEL } from "../../protocol/package-label.ts";
import { formatPasswordHash, hashPassword } from "../../protocol/password-hash.ts";
import { attachedKey, blobKey, manifestKey, PUBLIC_KEYS_KEY } from "../../protocol/storage-keys.ts";
import { PREDICATE_TYPE, signedImage, type SignedImage } from "../image/signatures/signed-image.ts";
import { memberAt, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { output, type Outcome, run } from "./program.ts";

// cosign and oras verify images of the Worker, as it runs at the edge, with their own defaults.

/** cosign 2 reads a bundle only with trusted authorities, though a key needs none of them. */
const EMPTY_TRUSTED_ROOT = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';

let folder: string;
let cosign: string;
let oras: string;
let open: LocalDeployment;
/** Guests may pull images of git alone. */
let restricted: LocalDeployment;
let signer: KeySigner;
let git: SignedImage;
let secret: SignedImage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cornice-verified-"));
  cosign = join(await unpackDebian13(["cosign"]), "usr/bin/cosign");
  oras = join(await unpackDebian13(["oras"]), "usr/bin/oras");
  await writeFile(join(folder, "trusted-root.json"), EMPTY_TRUSTED_ROOT);
  signer = await newSigner();
  git = await signedImage([signer], "registry.example/git", { [PACKAGES_LABEL]: "git" });
  secret = await signedImage([signer], "registry.example/secret", { [PACKAGES_LABEL]: "secret" });
  open = await startDeployment(join(folder, "open"), {});
  const USERS = JSON.stringify({ alice: formatPasswordHash(await hashPassword("wonderland")) });
  restricted = await startDeployment(join(folder, "restricted"), { AUTH: "token", USERS, PUBLIC: "git" });
  for (const deployment of [open, restricted]) for (const image of [git, secret]) await store(deployment, image);
});

afterAll(async () => {
  await Promise.all([open?.stop(), restricted?.stop()]);
  if (folder) await removeFolder(folder);
});

async function newSigner(): Promise<KeySigner> {
  return parsePrivateKey(await generatePrivateKey());
}

/** Writes what the Worker unpacks, in its order. */
async function store({ r2 }: LocalDeployment, signed: SignedImage): Promise<void> {
  const { image, config, signatures, attestations, referrers } = signed;
  const bucket = createR2Store(r2);
  const put = (key: string, text: string, contentType = "application/json") =>
    bucket.put(key, { kind: "bytes", bytes: new TextEncoder().encode(text) }, { contentType });
  const list = await referrersIndex(referrers.map(({ entry }) => entry));
  const manifests: JsonContent[] = [image, list];
  const blobs: JsonContent[] = [config];
  for (const made of [signatures, attestations, ...referrers]) {
    manifests.push(made.manifest);
    blobs.push(...made.blobs);
  }
  for (const { digest, json } of blobs) await put(blobKey(digest), json, "application/octet-stream");
  for (const { digest, json, mediaType } of manifests) await put(manifestKey(digest), json, mediaType);
  const named = { signatures: signatures.manifest.digest, attestations: attestations.manifest.digest };
  const record = attachedRecordJson({ etag: "unpacked before", referrers: list.digest, ...named });
  await put(attachedKey(image.digest), JSON.stringify(record));
  await put(PUBLIC_KEYS_KEY, signer.publicKey.pem, "application/x-pem-file");
}

function hostOf({ url }: LocalDeployment): string {
  return new URL(url).host;
}

function nameOf(deployment: LocalDeployment, { image }: SignedImage): string {
  return `${hostOf(deployment)}/git@${image.digest}`;
}

/** Runs cosign with the key that the registry publishes. */
function verify(
  deployment: LocalDeployment,
  image: SignedImage,
  command: string,
  ...options: readonly string[]
): Promise<Outcome> {
  const flags = ["--key", `${deployment.url}/keys/cosign.pub`, "--insecure-ignore-tlog", "--allow-http-registry"];
  const env = { ...process.env, HOME: folder, TUF_ROOT: join(folder, "tuf") };
  return run(cosign, [command, ...flags, ...options, nameOf(deployment, image)], { env });
}

async function expectVerified(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

describe("with the key that the registry publishes", () => {
  test("cosign verifies the signature, as the page says", async () => {
    const stdout = await expectVerified(verify(open, git, "verify"));
    expect(stdout).toContain(`"docker-manifest-digest":"${git.image.digest}"`);
  });

  test("cosign verifies the provenance, as the page says", async () => {
    await expectVerified(verify(open, git, "verify-attestation", "--type", "slsaprovenance1"));
  });

  test("cosign verifies the bundle of the provenance", async () => {
    const options = ["--new-bundle-format", "--trusted-root", join(folder, "trusted-root.json")];
    await expectVerified(verify(open, git, "verify-attestation", ...options, "--type", PREDICATE_TYPE));
  });

  test("cosign refuses an image that another key has signed", async () => {
    const other = await signedImage([await newSigner()], "registry.example/other", { [PACKAGES_LABEL]: "other" });
    await store(open, other);
    const { code, stderr } = await verify(open, other, "verify");
    expect(code).not.toBe(0);
    expect(stderr).toContain("no matching signatures");
  });
});

test("cosign finds both tags of an image", async () => {
  const tree = await output(cosign, ["tree", "--allow-http-registry", nameOf(open, git)]);
  expect(tree).toContain(git.signatures.tag);
  expect(tree).toContain(git.attestations.tag);
});

test("cosign says that an image without a signature has none", async () => {
  const { code, stderr } = await run(cosign, [
    "verify",
    "--key",
    `${open.url}/keys/cosign.pub`,
    "--insecure-ignore-tlog",
    `${hostOf(open)}/git@${git.attestations.manifest.digest}`,
  ]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("no signatures found");
});

test("oras discovers the artifacts of an image, and pulls its bill of materials", async () => {
  const listed = ["discover", "--plain-http", "--format", "json", nameOf(open, git)];
  const found = jsonMembers(memberAt(parseJson(await output(oras, listed)), "manifests"));
  const types = found.map((entry) => [textAt(entry, "digest"), textAt(entry, "artifactType")]);
  expect(Object.fromEntries(types)).toEqual(
    Object.fromEntries(git.referrers.map(({ entry }) => [entry.digest, entry.artifactType])),
  );
  const [digest] = types.find(([, type]) => type === "application/spdx+json") ?? [];
  const manifest = await output(oras, ["manifest", "fetch", "--plain-http", `${hostOf(open)}/git@${digest}`]);
  expect(textAt(parseJson(manifest), "subject", "digest")).toBe(git.image.digest);
});

test("oras reads the list of referrers by its tag", async () => {
  const list = `${hostOf(open)}/git:${attachedTag("referrers", git.image.digest)}`;
  const fetched = await output(oras, ["manifest", "fetch", "--plain-http", list]);
  expect(jsonMembers(memberAt(parseJson(fetched), "manifests"))).toHaveLength(git.referrers.length);
});

describe("in a registry with users", () => {
  test("a guest verifies a public image", async () => {
    await expectVerified(verify(restricted, git, "verify"));
    await expectVerified(verify(restricted, git, "verify-attestation", "--type", "slsaprovenance1"));
    const options = ["--new-bundle-format", "--trusted-root", join(folder, "trusted-root.json")];
    await expectVerified(verify(restricted, git, "verify-attestation", ...options, "--type", PREDICATE_TYPE));
  });

  test("a guest learns nothing of a private image, and a user verifies it", async () => {
    const { code, stderr } = await verify(restricted, secret, "verify");
    expect(code).not.toBe(0);
    expect(stderr).not.toContain("docker-manifest-digest");
    const login = ["--registry-username", "alice", "--registry-password", "wonderland"];
    await expectVerified(verify(restricted, secret, "verify", ...login));
  });
});

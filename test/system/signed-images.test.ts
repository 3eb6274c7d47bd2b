import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createPublicKey, verify } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generatePrivateKey } from "../../image/signing-keys/private-key.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { ObjectStore } from "../../origin/stores/object-store.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { isJsonObject } from "../../protocol/json-object.ts";
import { contentsKey, PUBLIC_KEYS_KEY } from "../../protocol/storage-keys.ts";
import { prepareSource } from "../../start/package-source.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { matching } from "../matchers.ts";
import {
  attachmentsBeside,
  documentsOf,
  documentTexts,
  mustRead,
  publishedKeys,
  verifiedTypes,
} from "../origin/trust/read-attached.ts";
import { removeFolder } from "../remove-folder.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { checkStores } from "./stored-objects.ts";

// Images of the starter set, signed by an origin of its own, in the real stores of a deployment.

const POLL_MS = 50;
const PACKAGES = ["jq"];
const SIGNED_TYPES = [
  "https://cyclonedx.org/bom",
  "https://sigstore.dev/cosign/sign/v1",
  "https://slsa.dev/provenance/v1",
  "https://spdx.dev/Document",
];

let directory: string;
let edge: LocalDeployment;
let starter: Readonly<Record<string, string>>;
let store: ObjectStore;
let keyFile: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-signed-"));
  edge = await startDeployment(join(directory, "state"), {});
  const signal = new AbortController().signal;
  const prepared = await prepareSource({ source: undefined, directory, env: process.env, log: () => {}, signal });
  starter = prepared.env;
  store = createR2Store(edge.r2);
  keyFile = join(directory, "key.pem");
  await writeFile(keyFile, await generatePrivateKey(), { mode: 0o600 });
});

afterAll(async () => {
  await edge?.stop();
  if (directory) await removeFolder(directory);
});

async function withOrigin<T>(
  env: Readonly<Record<string, string>>,
  work: (origin: OriginProcess) => Promise<T>,
): Promise<T> {
  const spool = await mkdtemp(join(directory, "disk-"));
  const folders = { CORNICE_SPOOL_DIR: join(spool, "spool"), CORNICE_SOURCES_DIR: join(spool, "sources") };
  const origin = await startOrigin({ ...starter, ...edge.env, ...folders, ...env });
  try {
    return await work(origin);
  } finally {
    await origin.kill();
  }
}

/** The digests of the OCI and the Docker manifest. */
async function build(origin: OriginProcess, packages: readonly string[]): Promise<{ oci: Digest; docker: Digest }> {
  const request = { source: "starter", tag: "latest", architecture: hostArchitecture(), packages };
  const last = (await Array.fromAsync(origin.build(request))).at(-1);
  if (last?.event !== "image") throw new Error(`there is no image: ${JSON.stringify(last)}\n${origin.log()}`);
  return last.manifests;
}

async function counted({ url }: OriginProcess, outcome: string, count: number): Promise<void> {
  const line = `cornice_signatures_total{outcome="${outcome}"} ${count}`;
  while (!(await (await fetch(`${url}/metrics`)).text()).includes(line)) await setTimeout(POLL_MS);
}

/** The signatures of cosign 2, checked as its specification says, by node:crypto alone. */
async function signaturesHold(image: Digest): Promise<boolean> {
  const key = createPublicKey(await mustRead(store, PUBLIC_KEYS_KEY));
  const { signatures, artifacts } = await attachmentsBeside(store, image);
  const manifest = parseArtifactManifest(signatures?.json ?? "");
  const blobs = new Map(artifacts.flatMap((each) => each.blobs.map(({ digest, json }) => [digest, json])));
  for (const { digest, annotations } of manifest?.layers ?? []) {
    const payload = blobs.get(digest) ?? "";
    const signed = textAt(objectOf(payload), "critical", "image", "docker-manifest-digest");
    const signature = Buffer.from(annotations?.["dev.cosignproject.cosign/signature"] ?? "", "base64");
    if (signed !== image || !verify("sha256", Buffer.from(payload), key, signature)) return false;
  }
  return (manifest?.layers.length ?? 0) > 0;
}

describe("a pull with a key", () => {
  let image: { oci: Digest; docker: Digest };

  beforeAll(async () => {
    image = await withOrigin({ CORNICE_SIGNING_KEY: keyFile }, (origin) => build(origin, PACKAGES));
  });

  test("both manifests are signed before the client has its answer", async () => {
    expect([await signaturesHold(image.oci), await signaturesHold(image.docker)]).toEqual([true, true]);
  });

  test("the documents are signed, too, by the key that the registry shows", async () => {
    const [key, ...others] = await publishedKeys(store);
    if (!key) throw new Error("there is no public key");
    expect(others).toEqual([]);
    const { attestations, bundles } = await verifiedTypes(store, image.oci, key);
    expect(bundles).toEqual(SIGNED_TYPES);
    expect(await attestations()).toHaveLength(3);
  });

  test("every store path is in the bill, with its hash, and the Debian packages have exact versions", async () => {
    const [spdx = ""] = await documentTexts(store, image.oci);
    const packages = listAt(objectOf(spdx), "packages");
    const contents = parseImageContents(objectOf(await mustRead(store, contentsKey(image.oci))));
    const paths = packages.filter((each) => isJsonObject(each) && "packageFileName" in each);
    expect(paths).toHaveLength(contents?.paths.length ?? 0);
    for (const path of paths) expect(textAt(listAt(path, "checksums")[0], "checksumValue")).toMatch(/^[0-9a-f]{64}$/);
    const purls = JSON.stringify(packages).match(/pkg:deb\/debian\/libc6@[^"]+/g) ?? [];
    expect(purls).toEqual([matching(/^pkg:deb\/debian\/libc6@2\.\d+.*distro=debian-\d+.*upstream=glibc/)]);
  });

  test("the bill has licenses and homepages of Debian's packages", async () => {
    const [spdx = ""] = await documentTexts(store, image.oci);
    const packages = listAt(objectOf(spdx), "packages").filter(isJsonObject);
    const withHomepage = (part: string) => packages.find((each) => JSON.stringify(each["homepage"])?.includes(part));
    expect(textAt(withHomepage("jq"), "licenseDeclared")).toContain("MIT");
    expect(textAt(withHomepage("www.gnu.org/software/libc"), "packageFileName")).toContain("-libc6-");
  });

  test("the provenance says that all paths were built here, and from which derivations", async () => {
    const [, , provenance = ""] = await documentTexts(store, image.oci);
    const { predicate } = objectOf(provenance);
    const contents = parseImageContents(objectOf(await mustRead(store, contentsKey(image.oci))));
    expect(listAt(predicate, "runDetails", "byproducts")).toHaveLength(contents?.paths.length ?? 0);
    expect(textAt(predicate, "buildDefinition", "externalParameters", "source")).toBe("starter");
  });
});

test("an image that was built without a key is signed at its next look-up", async () => {
  const packages = ["tree"];
  const image = await withOrigin({}, (origin) => build(origin, packages));
  const before = await documentsOf(store, image.oci);
  expect(before).toHaveLength(3);
  expect((await attachmentsBeside(store, image.oci)).signatures).toBeUndefined();
  await withOrigin({ CORNICE_SIGNING_KEY: keyFile }, async (origin) => {
    expect(await build(origin, packages)).toEqual(image);
    await counted(origin, "signed", 1);
  });
  expect(await signaturesHold(image.oci)).toBe(true);
  expect(await documentsOf(store, image.oci)).toEqual(before);
});

test("a program may sign in place of a key: openssl signs the digest", async () => {
  const program = join(directory, "sign");
  await writeFile(program, '#!/bin/sh\nopenssl pkeyutl -sign -inkey "$1" | base64\n', { mode: 0o700 });
  const publicKey = createPublicKey(await readFile(keyFile, "utf8")).export({ type: "spki", format: "pem" });
  const command = {
    CORNICE_SIGNING_COMMAND: `${program} ${keyFile}`,
    CORNICE_SIGNING_PUBLIC_KEY: String(publicKey),
  };
  const image = await withOrigin(command, (origin) => build(origin, ["file"]));
  expect([await signaturesHold(image.oci), await signaturesHold(image.docker)]).toEqual([true, true]);
});

test("all names in the stores lead somewhere", async () => {
  const { broken } = await checkStores(edge.r2, edge.kv);
  expect(broken).toEqual([]);
});

test("an origin with a wrong key does not start, and says what to do", async () => {
  const key = `-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n`;
  await expect(withOrigin({ CORNICE_SIGNING_KEY: key }, async () => {})).rejects.toThrow(
    'CORNICE_SIGNING_KEY: the signing key is a key in the form SEC1; convert it with "openssl pkcs8',
  );
});

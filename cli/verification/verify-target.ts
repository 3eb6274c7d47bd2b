import type { Digest } from "../../protocol/digest.ts";
import type { ImageReference } from "../registry/image-reference.ts";
import { checkBuildAttestation, isBuildAttestation } from "./check-build-attestation.ts";
import { type CheckContext, type CheckedImage, checkImage } from "./check-image.ts";
import { checkSignatures } from "./check-signatures.ts";
import { fetchDigest } from "./fetched-manifest.ts";
import { fetchTarget, type ListEntry, type Target } from "./fetch-target.ts";
import { fails, type Finding, holds, problemOf } from "./finding.ts";
import { type ReadImage, readImage } from "./read-image.ts";

interface VerifyInput extends CheckContext {
  readonly reference: ImageReference;
  /** The only platform to check. Undefined for all. */
  readonly architecture: string | undefined;
  /** Gets the bytes of all layers, before the first one is read. */
  readonly onTotal: (bytes: number) => void;
}

/** All that was found about an image, or about a list of images. */
export interface Verification {
  readonly digest: Digest;
  readonly findings: readonly Finding[];
  readonly images: readonly CheckedImage[];
  /** The ids of the trusted keys that have signed what the reference leads to. */
  readonly signedBy: readonly string[];
  readonly verified: boolean;
}

/** Verifies what a reference leads to. Throws `RegistryError` and `VerificationError` if it leads to nothing. */
export async function verifyTarget(input: VerifyInput): Promise<Verification> {
  const { client, reference, readsBlobs } = input;
  const target = await fetchTarget(client, reference);
  const { images: read, findings: unread } = await readImages(target, input);
  if (readsBlobs) input.onTotal(layerBytes(read));
  const ofList = target.list ? await checkList(target, target.list, input) : { findings: [], signedBy: [] };
  const images: CheckedImage[] = [];
  for (const image of read) images.push(await checkImage(input, image));
  const signedBy = keysOf(ofList.signedBy, images);
  const findings = [
    holds("digest", `${reference.text} is ${target.digest}`),
    ...unread,
    ...ofList.findings,
    ...images.flatMap((image) => image.findings),
    ...(signedBy.length > 0 || input.keys.length === 0 ? [] : [unsigned(target)]),
  ];
  const verified = signedBy.length > 0 && findings.every(({ outcome }) => outcome !== "fails");
  return { digest: target.digest, findings, images, signedBy, verified };
}

/** The signature of a list covers its images. Otherwise each image needs its own. */
function keysOf(ofList: readonly string[], images: readonly CheckedImage[]): readonly string[] {
  if (ofList.length > 0) return ofList;
  return images.every(({ signedBy }) => signedBy.length > 0)
    ? [...new Set(images.flatMap((each) => each.signedBy))]
    : [];
}

function unsigned({ digest }: Target): Finding {
  return fails(
    "signature",
    `no trusted key has signed ${digest}; if its registry began to sign after it was built, its next look-up signs it: ` +
      "pull it, and run this again in a minute",
  );
}

async function readImages(
  target: Target,
  { client, architecture }: VerifyInput,
): Promise<{ readonly images: readonly ReadImage[]; readonly findings: readonly Finding[] }> {
  const entries = target.list?.filter((entry) => isWanted(entry, architecture));
  const images: ReadImage[] = [];
  const findings: Finding[] = [];
  if (entries?.length === 0) findings.push(fails("platform", `the list has no image for linux/${architecture ?? "*"}`));
  for (const entry of entries ?? [undefined]) {
    try {
      const manifest = entry ? await fetchDigest(client, entry.digest, entry.size) : target;
      const image = await readImage(client, manifest);
      const wanted = entry?.architecture ?? architecture;
      if (wanted !== undefined && image.config.architecture !== wanted)
        findings.push(fails("platform", `${manifest.digest} is no image for linux/${wanted}`));
      images.push(image);
    } catch (error) {
      findings.push(fails("config", `${entry?.digest ?? target.digest}: ${problemOf(error)}`));
    }
  }
  return { images, findings };
}

function isWanted(entry: ListEntry, architecture: string | undefined): boolean {
  if (entry.architecture === undefined || isBuildAttestation(entry)) return false;
  return architecture === undefined || entry.architecture === architecture;
}

async function checkList({ digest }: Target, list: readonly ListEntry[], { client, keys, nowMs }: VerifyInput) {
  const findings: Finding[] = [];
  for (const entry of list) if (isBuildAttestation(entry)) findings.push(await checkBuildAttestation(client, entry));
  if (keys.length === 0) return { findings, signedBy: [] };
  const attached = await checkSignatures(client, { image: digest, keys, nowMs });
  return { findings: [...findings, ...attached.findings], signedBy: attached.signedBy };
}

function layerBytes(images: readonly ReadImage[]): number {
  const sizes = images.flatMap(({ layers }) => [...new Map(layers.map(({ digest, size }) => [digest, size])).values()]);
  return sizes.reduce((sum, size) => sum + size, 0);
}

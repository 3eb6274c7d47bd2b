import { BUNDLE_MEDIA_TYPE, SIGN_PREDICATE_TYPE } from "../../image/referrers/artifact-types.ts";
import { attachedTag } from "../../image/referrers/attached-tags.ts";
import { parseReferrersIndex, type ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import type { Policy } from "../../image/verification/policy.ts";
import type { ReadBlob } from "../../image/verification/read-content.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import { verifyBundleArtifact } from "../../image/verification/verify-bundle.ts";
import { verifyCosignAttestations, verifyCosignSignatures } from "../../image/verification/verify-cosign.ts";
import type { VerifiedAttestation } from "../../image/verification/verify-envelope.ts";
import { type Digest, digestOf } from "../../protocol/digest.ts";
import { formatCount } from "../../protocol/format-count.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { blobReader } from "./blob-reader.ts";
import { fetchDigest, orMissing } from "./fetched-manifest.ts";
import { absent, fails, type Finding, holds, problemOf } from "./finding.ts";

/** What is attached to a manifest or a list, and how much of it a trusted key has signed. */
export interface Attached {
  readonly findings: readonly Finding[];
  /** The ids of the trusted keys that have signed the digest itself. */
  readonly signedBy: readonly string[];
  /** Signed statements, in both forms. */
  readonly attestations: readonly VerifiedAttestation[];
  /** All artifacts that refer to it. */
  readonly referrers: readonly ReferrerEntry[];
}

/** Each referrer costs two requests. Cornice writes eight, and eight more for a second key. */
const MAX_REFERRERS = 200;

/** Checks the signatures and the signed statements of a manifest or a list, in the forms of cosign 2 and 3. */
export async function checkSignatures(client: RegistryClient, policy: Policy): Promise<Attached> {
  const { image } = policy;
  const tagged = await attempt("the signature at the tag", async (damaged) => {
    const readBlob = watchedReader(client, damaged);
    const text = await textAtTag(client, attachedTag("signatures", image));
    return text === undefined ? [] : verifyCosignSignatures(text, readBlob, policy);
  });
  const statements = await attempt("the statements at the tag", async (damaged) => {
    const readBlob = watchedReader(client, damaged);
    const text = await textAtTag(client, attachedTag("attestations", image));
    return text === undefined ? [] : verifyCosignAttestations(text, readBlob, policy);
  });
  const listed = await attempt("the list of referrers", () => readReferrers(client, image));
  const bundles = await checkBundles(client, policy, listed.found);
  const signatures = bundles.attestations.filter(({ predicateType }) => predicateType === SIGN_PREDICATE_TYPE);
  return {
    findings: [
      ...[tagged, statements, listed].flatMap(({ findings }) => findings),
      ...bundles.findings,
      signatureFinding("cosign 2 (tag)", image, tagged),
      signatureFinding("cosign 3 (bundle)", image, { findings: bundles.findings, found: signatures }),
    ].filter((finding) => finding !== undefined),
    signedBy: [...new Set([...tagged.found, ...signatures].map(({ keyId }) => keyId))],
    attestations: [...statements.found, ...bundles.attestations].filter(
      ({ predicateType }) => predicateType !== SIGN_PREDICATE_TYPE,
    ),
    referrers: listed.found,
  };
}

interface Attempt<T> {
  readonly findings: readonly Finding[];
  readonly found: readonly T[];
}

async function attempt<T>(what: string, work: (damaged: Finding[]) => Promise<readonly T[]>): Promise<Attempt<T>> {
  const damaged: Finding[] = [];
  try {
    return { found: await work(damaged), findings: damaged };
  } catch (error) {
    return { findings: damaged.length > 0 ? damaged : [fails("signature", `${what}: ${problemOf(error)}`)], found: [] };
  }
}

/** One signature that holds is enough for a verification. So it does not tell of a damaged one beside it. */
function watchedReader(client: RegistryClient, damaged: Finding[]): ReadBlob {
  const readBlob = blobReader(client);
  return async (blob) => {
    const bytes = await readBlob(blob);
    if (!bytes) damaged.push(fails("signature", `the registry lacks the blob ${blob.digest} of a signature`));
    else if ((await digestOf(bytes)) !== blob.digest)
      damaged.push(fails("signature", `the blob ${blob.digest} of a signature has other bytes than its digest says`));
    return bytes;
  };
}

/** Undefined if the form failed: another finding says so. */
function signatureFinding(
  form: string,
  image: Digest,
  { findings, found }: Attempt<{ readonly keyId: string }>,
): Finding | undefined {
  const keys = [...new Set(found.map(({ keyId }) => keyId))];
  if (keys.length > 0) return holds("signature", `${image}, ${form}: signed by the key ${keys.join(" and ")}`);
  return findings.length > 0 ? undefined : absent("signature", `${image}, ${form}: there is none`);
}

async function textAtTag(client: RegistryClient, tag: string): Promise<string | undefined> {
  const manifest = await orMissing(client.manifest(tag));
  return manifest && new TextDecoder().decode(manifest.bytes);
}

/** Registries without the referrers API have the list at a tag. */
async function readReferrers(client: RegistryClient, image: Digest): Promise<readonly ReferrerEntry[]> {
  const list = await orMissing(client.referrers(image));
  const text = list ? new TextDecoder().decode(list.bytes) : await textAtTag(client, attachedTag("referrers", image));
  if (text === undefined) return [];
  const entries = parseReferrersIndex(text);
  if (!entries || entries.length > MAX_REFERRERS)
    throw new VerificationError("malformed", `it is malformed, or has more than ${MAX_REFERRERS} entries`);
  return entries;
}

interface Bundles {
  readonly findings: readonly Finding[];
  readonly attestations: readonly VerifiedAttestation[];
}

async function checkBundles(
  client: RegistryClient,
  policy: Policy,
  referrers: readonly ReferrerEntry[],
): Promise<Bundles> {
  const entries = referrers.filter(({ artifactType }) => artifactType === BUNDLE_MEDIA_TYPE);
  const attestations: VerifiedAttestation[] = [];
  const findings: Finding[] = [];
  const foreign: VerificationError[] = [];
  for (const { digest, size } of entries) {
    try {
      const { text } = await fetchDigest(client, digest, size);
      attestations.push(await verifyBundleArtifact(text, blobReader(client), policy));
    } catch (error) {
      if (isOtherKey(error)) foreign.push(error);
      else findings.push(fails("signature", `the bundle ${digest}: ${problemOf(error)}`));
    }
  }
  const [first] = foreign;
  // Bundles of another key prove nothing, and do no harm beside one of a trusted key.
  if (first && attestations.length === 0)
    findings.push(fails("signature", `${formatCount(foreign.length, "bundle")}: ${first.message}`));
  return { findings, attestations };
}

function isOtherKey(error: unknown): error is VerificationError {
  return error instanceof VerificationError && (error.problem === "wrong-signature" || error.problem === "expired-key");
}

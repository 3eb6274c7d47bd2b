import { hostArchitecture } from "../origin/nix/system.ts";
import { VerificationError } from "../image/verification/verification-error.ts";
import type { Digest } from "../protocol/digest.ts";
import type { CommandContext } from "./build-command.ts";
import { CliError } from "./cli-error.ts";
import { RegistryClient } from "./registry/registry-client.ts";
import { fails, type Finding } from "./verification/finding.ts";
import { type Verification, verifyTarget } from "./verification/verify-target.ts";
import type { VerifyCall } from "./verify-arguments.ts";
import { type ChosenKeys, KEY_PATH, readKeys } from "./verify-key.ts";
import { readCredentials } from "./verify-password.ts";

export interface VerifyResult {
  /** As it was typed. */
  readonly reference: string;
  readonly digest: Digest;
  readonly verified: boolean;
  /** The ids of the keys that have signed the image. */
  readonly signedBy: readonly string[];
  /** Whether the user has chosen the key. */
  readonly isPinned: boolean;
  /** The address of the key that the registry publishes. */
  readonly keyAddress: string;
  readonly findings: readonly Finding[];
}

/** `cornice verify`: checks an image in a registry. Throws if the reference leads to nothing that could be checked. */
export async function runVerify(call: VerifyCall, context: CommandContext): Promise<VerifyResult> {
  const { reference, plainHttp } = call;
  const { env, progress, signal } = context;
  progress.phase("prepare");
  const credentials = await readCredentials(call, env);
  const client = new RegistryClient({ reference, plainHttp, credentials, signal });
  const chosen = await readKeys(call.key, client, signal);
  progress.phase("verify");
  const verification = await verify(call, context, client, chosen);
  const rebuilt = call.rebuild ? await rebuildVerified(verification, call, context, client) : [];
  const findings = [
    ...(chosen.keys.length === 0 ? [withoutKey(reference.host)] : []),
    ...verification.findings,
    ...rebuilt,
  ];
  return {
    reference: reference.text,
    digest: verification.digest,
    verified: verification.verified && rebuilt.every(({ outcome }) => outcome === "holds"),
    signedBy: verification.signedBy,
    isPinned: chosen.isPinned,
    keyAddress: `${plainHttp ? "http" : "https"}://${reference.host}/${KEY_PATH}`,
    findings,
  };
}

async function verify(
  { reference, architecture, blobs }: VerifyCall,
  { progress }: CommandContext,
  client: RegistryClient,
  { keys }: ChosenKeys,
): Promise<Verification> {
  let [done, total] = [0, 0];
  try {
    return await verifyTarget({
      client,
      reference,
      architecture,
      keys: keys.map((key) => ({ key })),
      nowMs: Date.now(),
      readsBlobs: blobs,
      onTotal(bytes) {
        total = bytes;
      },
      onBytes(count) {
        // A layer whose connection broke is read again.
        done = Math.min(total, done + count);
        progress.step({ done, total, unit: "bytes" });
      },
    });
  } catch (error) {
    if (error instanceof VerificationError) throw new CliError(`${reference.text} is not verified: ${error.message}`);
    throw error;
  }
}

/** Loads the builder on demand. */
async function rebuildVerified(
  { images, verified }: Verification,
  { architecture = hostArchitecture() }: VerifyCall,
  context: CommandContext,
  client: RegistryClient,
): Promise<readonly Finding[]> {
  if (!verified) return [fails("rebuild", "not tried: only the provenance of a verified image says what to build")];
  const [only, ...others] = images;
  const checked = others.length === 0 ? only : images.find(({ image }) => image.config.architecture === architecture);
  if (!checked) return [fails("rebuild", `the list has no image for linux/${architecture}`)];
  const { rebuild } = await import("./rebuild.ts");
  return rebuild({ ...context, client, checked });
}

function withoutKey(host: string): Finding {
  return fails(
    "signature",
    `${host} publishes no key at /${KEY_PATH}: it is no registry of Cornice, or it signs nothing. ` +
      "If you have its key, give it with --key",
  );
}

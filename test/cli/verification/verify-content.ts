import { parseReference } from "../../../cli/registry/image-reference.ts";
import { RegistryClient } from "../../../cli/registry/registry-client.ts";
import { type Verification, verifyTarget } from "../../../cli/verification/verify-target.ts";
import type { PublicKey } from "../../../image/signing-keys/public-key.ts";
import { startTestRegistry, type StoredAnswer, type TestRegistry } from "../registry/test-registry.ts";

interface VerifyOptions {
  readonly keys: readonly PublicKey[];
  readonly architecture?: string;
  readonly readsBlobs?: boolean;
  /** Behind the name: a tag or a digest. */
  readonly target?: string;
}

export type OnEnd = (close: () => Promise<void>) => void;

/** Verifies the image `git` of a registry with this content. */
export async function verifyContent(
  onEnd: OnEnd,
  content: Map<string, StoredAnswer>,
  options: VerifyOptions,
): Promise<Verification> {
  return verifyAt(await startTestRegistry(onEnd, content), options);
}

export async function verifyAt({ host }: TestRegistry, options: VerifyOptions): Promise<Verification> {
  const reference = parseReference(`${host}/git${options.target ?? ""}`);
  const { signal } = new AbortController();
  const client = new RegistryClient({ reference, plainHttp: true, credentials: undefined, signal, pausesMs: [] });
  return verifyTarget({
    client,
    reference,
    architecture: options.architecture,
    keys: options.keys.map((key) => ({ key })),
    nowMs: Date.now(),
    readsBlobs: options.readsBlobs ?? true,
    onTotal: () => {},
    onBytes: () => {},
  });
}

export function failures({ findings }: Verification): string[] {
  return findings.filter(({ outcome }) => outcome === "fails").map(({ check, message }) => `${check}: ${message}`);
}

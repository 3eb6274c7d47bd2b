import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { type Digest, digestOf, isDigest } from "../../protocol/digest.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";

/** A manifest or a list, with the digest of its bytes. */
export interface CheckedManifest extends ContentDescriptor {
  readonly text: string;
}

/** Fetches what a tag leads to. Nothing but the registry's own header can be wrong about its digest. */
export async function fetchTagged(client: RegistryClient, tag: string): Promise<CheckedManifest> {
  const { bytes, mediaType, digestHeader } = await client.manifest(tag);
  const digest = await digestOf(bytes);
  if (digestHeader !== undefined && digestHeader !== digest)
    throw altered(`the answer has the digest ${digest}, but the registry calls it ${shownDigest(digestHeader)}`);
  return { digest, mediaType, size: bytes.length, text: new TextDecoder().decode(bytes) };
}

/** Fetches a manifest by its digest, and compares its bytes. Throws `VerificationError` and `RegistryError`. */
export async function fetchDigest(client: RegistryClient, wanted: Digest, size?: number): Promise<CheckedManifest> {
  const { bytes, mediaType } = await client.manifest(wanted);
  const digest = await digestOf(bytes);
  if (digest !== wanted) throw altered(`the manifest ${wanted} has other bytes: their digest is ${digest}`);
  if (size !== undefined && size !== bytes.length)
    throw altered(`the manifest ${wanted} has ${bytes.length} bytes, but its descriptor says ${size}`);
  return { digest, mediaType, size: bytes.length, text: new TextDecoder().decode(bytes) };
}

/** Undefined if the registry says that it does not have it. */
export async function orMissing<T>(fetching: Promise<T>): Promise<T | undefined> {
  try {
    return await fetching;
  } catch (error) {
    if (error instanceof RegistryError && error.isMissing) return undefined;
    throw error;
  }
}

function altered(message: string): VerificationError {
  return new VerificationError("altered", message);
}

function shownDigest(text: string): string {
  return isDigest(text) ? text : "something else";
}

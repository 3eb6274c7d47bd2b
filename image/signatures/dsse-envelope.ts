import { joinBytes } from "../compression/join-bytes.ts";
import type { Statement } from "../referrers/statement.ts";
import { toBase64 } from "../signing-keys/base64.ts";
import type { Signers } from "../signing-keys/signer.ts";

/** A signed statement: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */
export interface Envelope {
  readonly payloadType: string;
  /** The statement, in base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** A statement that each key has signed. */
export interface SignedStatement {
  readonly predicateType: string;
  /** Its signatures stand in the order of the keys. */
  readonly envelope: Envelope;
  readonly keyIds: readonly string[];
}

/**
 * sigstore's verifiers compare a key id with the key's SSH fingerprint, and refuse others. They try every key for a
 * signature without an id.
 */
const NO_KEY_ID = "";

/** Signs a statement once with each key, for all forms. A reader needs one of the signatures. */
export async function signStatement(made: Statement, signers: Signers): Promise<SignedStatement> {
  const envelope = await dsseEnvelope(made, signers);
  return { predicateType: made.predicateType, envelope, keyIds: signers.map(({ keyId }) => keyId) };
}

async function dsseEnvelope({ mediaType, json }: Statement, signers: Signers): Promise<Envelope> {
  const payload = new TextEncoder().encode(json);
  const signed = preAuthEncoding(mediaType, payload);
  const signatures = await Promise.all(
    signers.map(async ({ sign }) => ({ keyid: NO_KEY_ID, sig: toBase64(await sign(signed)) })),
  );
  return { payloadType: mediaType, payload: toBase64(payload), signatures };
}

/** The bytes that a signature covers: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const typeLength = encoder.encode(payloadType).length;
  return joinBytes([encoder.encode(`DSSEv1 ${typeLength} ${payloadType} ${payload.length} `), payload]);
}

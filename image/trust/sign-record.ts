import { sha256Hex } from "../../protocol/hex.ts";
import { simpleSigningPayload } from "../signatures/cosign-signatures.ts";
import { preAuthEncoding } from "../signatures/dsse-envelope.ts";
import { signatureStatement } from "../signatures/sigstore-bundle.ts";
import { fromBase64, toBase64 } from "../signing-keys/base64.ts";
import { isDerSignature } from "../signing-keys/der-signature.ts";
import type { Signer, Signers } from "../signing-keys/signer.ts";
import { documentStatements } from "./image-documents.ts";
import { MAX_KEYS } from "./trust-file.ts";
import type { KeySignatures, TrustRecord } from "./trust-record.ts";

/** A trust record before its signatures. */
export type Unsigned = Omit<TrustRecord, "keys">;

/**
 * Signs an image and its documents. Signatures of former keys stay behind the new ones. ECDSA draws a random number, so
 * each text is signed once with each key, for all forms of signatures.
 */
export async function signRecord(
  image: Unsigned,
  signers: readonly Signer[],
  former: readonly KeySignatures[] = [],
): Promise<TrustRecord> {
  const texts = await textsToSign(image);
  const signed = await Promise.all(signers.map((signer) => signAll(signer, texts)));
  const current = new Set(signers.map(({ keyId }) => keyId));
  const isWhole = ({ signatures }: KeySignatures) => texts.every(({ hash }) => signatures.has(hash));
  const others = former.filter((key) => !current.has(key.keyId) && isWhole(key));
  return { ...image, keys: [...signed, ...others].slice(0, MAX_KEYS) };
}

/** Signers that know only the signatures of a record. They throw for every other text. Undefined without a signature. */
export function signersOf({ keys }: Pick<TrustRecord, "keys">): Signers | undefined {
  const [first, ...others] = keys.map(({ keyId, signatures }) => ({
    keyId,
    async sign(bytes: Uint8Array<ArrayBuffer>) {
      const signature = fromBase64(signatures.get(await sha256Hex(bytes)) ?? "");
      if (!signature || !isDerSignature(signature)) throw new Error(`the key ${keyId} has not signed all of the image`);
      return signature;
    },
  }));
  return first && [first, ...others];
}

interface TextToSign {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 */
  readonly hash: string;
}

/** The texts that each key signs, of all forms. */
async function textsToSign({ subjects, reference, documents }: Unsigned): Promise<readonly TextToSign[]> {
  const encoder = new TextEncoder();
  const plain = subjects.map(({ digest }) => Uint8Array.from(encoder.encode(simpleSigningPayload(digest, reference))));
  const made = await Promise.all(subjects.map(({ digest }) => signatureStatement(digest)));
  const described = documents ? await documentStatements(subjects[0].digest, documents) : [];
  const envelopes = [...made, ...described].map(({ mediaType, json }) =>
    preAuthEncoding(mediaType, encoder.encode(json)),
  );
  return Promise.all([...plain, ...envelopes].map(async (bytes) => ({ bytes, hash: await sha256Hex(bytes) })));
}

async function signAll({ keyId, sign }: Signer, texts: readonly TextToSign[]): Promise<KeySignatures> {
  const signatures = texts.map(async ({ hash, bytes }) => [hash, toBase64(await sign(bytes))] as const);
  return { keyId, signatures: new Map(await Promise.all(signatures)) };
}

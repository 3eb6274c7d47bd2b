import { toBase64 } from "./base64.ts";
import { type DerSignature, rawFromDer } from "./der-signature.ts";
import { KeyError } from "./key-error.ts";
import { pemBlocks, toPem } from "./pem.ts";

export interface PublicKey {
  /** SHA-256 of the key's SPKI, in base64: the hint that cosign writes into bundles. */
  readonly id: string;
  /** SPKI, as in `cosign.pub`. */
  readonly pem: string;
  /** Whether this key has signed the bytes, with ECDSA over their SHA-256. */
  readonly verifies: (bytes: Uint8Array<ArrayBuffer>, signature: DerSignature) => Promise<boolean>;
}

export const P256 = { name: "ECDSA", namedCurve: "P-256" };
export const P256_WITH_SHA256 = { name: "ECDSA", hash: "SHA-256" };
const LABEL = "PUBLIC KEY";

/** Reads all keys of a file. While keys are rotated, it has two. Throws `KeyError`. */
export async function parsePublicKeys(pem: string): Promise<readonly PublicKey[]> {
  const blocks = pemBlocks(pem);
  if (blocks.length === 0)
    throw new KeyError("this is no public key in PEM; it begins with -----BEGIN PUBLIC KEY-----");
  return Promise.all(
    blocks.map(async ({ label, bytes }) => {
      if (label !== LABEL) throw new KeyError(`this is a ${label}, but a PUBLIC KEY is needed`);
      if (!bytes) throw new KeyError("the public key is damaged: it is not base64");
      return publicKey(bytes);
    }),
  );
}

/** Reads a key in SPKI. Throws `KeyError`. */
export async function publicKey(spki: Uint8Array<ArrayBuffer>): Promise<PublicKey> {
  const key = await crypto.subtle.importKey("spki", spki, P256, true, ["verify"]).catch((cause: unknown) => {
    throw new KeyError("the public key cannot be read; signatures need an ECDSA key on the curve P-256", { cause });
  });
  return {
    id: toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", spki))),
    pem: toPem(LABEL, spki),
    verifies: async (bytes, signature) => {
      const raw = rawFromDer(signature);
      return raw !== null && crypto.subtle.verify(P256_WITH_SHA256, key, raw, bytes);
    },
  };
}

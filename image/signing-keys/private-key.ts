import { isJsonObject } from "../../protocol/json-object.ts";
import { derFromRaw } from "./der-signature.ts";
import { KeyError } from "./key-error.ts";
import { pemBlocks, toPem } from "./pem.ts";
import { P256, P256_WITH_SHA256, type PublicKey, publicKey } from "./public-key.ts";
import type { KeySigner } from "./signer.ts";

const LABEL = "PRIVATE KEY";
const NEW_KEY = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY";

/** No command converts such a key. */
const COSIGN_KEY = `a key of cosign's own form, encrypted with a password, which only cosign reads; make a new key with "${NEW_KEY}"`;

/** Labels of keys that people have, and what to do about them. */
const OTHER_KEYS = new Map([
  ["ENCRYPTED SIGSTORE PRIVATE KEY", COSIGN_KEY],
  ["ENCRYPTED COSIGN PRIVATE KEY", COSIGN_KEY],
  ["ENCRYPTED PRIVATE KEY", 'encrypted; decrypt it with "openssl pkcs8 -in KEY -out NEW"'],
  ["EC PRIVATE KEY", 'a key in the form SEC1; convert it with "openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW"'],
  ["PUBLIC KEY", "the public half; the private half signs"],
]);

/** Reads a private key on P-256, as PKCS#8 in PEM. Throws `KeyError`, whose message says how to convert other keys. */
export async function parsePrivateKey(pem: string): Promise<KeySigner> {
  // openssl writes the curve's parameters in a block before the key.
  const block = pemBlocks(pem).find(({ label }) => label === LABEL || OTHER_KEYS.has(label));
  const advice = block && OTHER_KEYS.get(block.label);
  if (advice !== undefined) throw new KeyError(`the signing key is ${advice}`);
  if (!block?.bytes) throw new KeyError(`the signing key is no PKCS#8 key in PEM; make one with "${NEW_KEY}"`);
  return keySigner(block.bytes);
}

/** Makes a new private key on P-256, as PKCS#8 in PEM. */
export async function generatePrivateKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("WebCrypto made no pair of keys");
  return toPem(LABEL, await exportBytes("pkcs8", pair.privateKey));
}

async function keySigner(pkcs8: Uint8Array<ArrayBuffer>): Promise<KeySigner> {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, P256, true, ["sign"]).catch((cause: unknown) => {
    throw new KeyError(`the signing key is not on the curve P-256, or damaged; make one with "${NEW_KEY}"`, { cause });
  });
  const itsPublicKey = await publicHalf(key);
  return {
    keyId: itsPublicKey.id,
    publicKey: itsPublicKey,
    sign: async (bytes) => derFromRaw(new Uint8Array(await crypto.subtle.sign(P256_WITH_SHA256, key, bytes))),
  };
}

/** WebCrypto derives no public key. So the private key goes through JWK, and leaves its secret member behind. */
async function publicHalf(key: CryptoKeyOf): Promise<PublicKey> {
  const jwk: unknown = await crypto.subtle.exportKey("jwk", key);
  const { x, y } = isJsonObject(jwk) ? jwk : {};
  if (typeof x !== "string" || typeof y !== "string") throw new Error("WebCrypto wrote no coordinates of a key");
  const half = await crypto.subtle.importKey("jwk", { kty: "EC", crv: P256.namedCurve, x, y }, P256, true, ["verify"]);
  return publicKey(await exportBytes("spki", half));
}

type CryptoKeyOf = Parameters<typeof crypto.subtle.exportKey>[1];

async function exportBytes(format: "pkcs8" | "spki", key: CryptoKeyOf): Promise<Uint8Array<ArrayBuffer>> {
  const exported = await crypto.subtle.exportKey(format, key);
  if (!(exported instanceof ArrayBuffer)) throw new Error(`WebCrypto wrote no ${format}`);
  return new Uint8Array(exported);
}

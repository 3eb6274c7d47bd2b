import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { parsePublicKey, type PublicKey } from "../../../origin/caches/public-key.ts";
import { fingerprint } from "../../../origin/caches/signature.ts";

/** A key pair of a binary cache. */
export interface TestKey {
  readonly name: string;
  /** `<name>:<base64>`. */
  readonly publicText: string;
  readonly publicKey: PublicKey;
  readonly secret: KeyObject;
}

export function makeKey(name: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const publicText = `${name}:${Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("base64")}`;
  const parsed = parsePublicKey(publicText);
  if (!parsed) throw new Error(`no public key: ${publicText}`);
  return { name, publicText, publicKey: parsed, secret: privateKey };
}

const DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";

/** A store path whose 32 digits are the same. */
export function pathOf(name: string, digit = 1): string {
  return `/nix/store/${(DIGITS[digit] ?? "").repeat(32)}-${name}`;
}

interface Described {
  readonly references?: readonly string[];
  readonly url?: string;
  readonly fileSize?: number;
  readonly compression?: string;
  /** 64 hexadecimal digits. */
  readonly narHash?: string;
  readonly narSize?: number;
}

export const NAR_HASH = "a".repeat(64);
export const NAR_SIZE = 1000;

/** A narinfo, signed by the keys. */
export function narInfoOf(path: string, keys: readonly TestKey[], described: Described = {}): string {
  const { references = [], url = "nar/a.nar.xz", fileSize = 100, compression = "xz" } = described;
  const { narHash = NAR_HASH, narSize = NAR_SIZE } = described;
  const text = fingerprint({ path, narHash, narSize, references });
  const signatures = keys.map(
    ({ name, secret }) => `Sig: ${name}:${sign(null, Buffer.from(text), secret).toString("base64")}`,
  );
  const names = references.map((reference) => reference.replace("/nix/store/", ""));
  return [
    `StorePath: ${path}`,
    `URL: ${url}`,
    `Compression: ${compression}`,
    `FileSize: ${fileSize}`,
    `NarHash: sha256:${narHash}`,
    `NarSize: ${narSize}`,
    `References: ${names.join(" ")}`,
    ...signatures,
    "",
  ].join("\n");
}

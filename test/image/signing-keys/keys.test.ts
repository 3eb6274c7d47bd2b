import { describe, expect, test } from "vitest";
import { derFromRaw } from "../../../image/signing-keys/der-signature.ts";
import { toPem } from "../../../image/signing-keys/pem.ts";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import { parsePublicKeys } from "../../../image/signing-keys/public-key.ts";
import { matching } from "../../matchers.ts";

const PEM = await generatePrivateKey();
const BYTES = Uint8Array.from(new TextEncoder().encode("signed"));
/** Base64 of something. */
const BODY = "AAAA";
const ON_ANOTHER_CURVE = await keyOn("P-384");

/** A public key with its id, both made by `openssl` and `sha256sum`. */
const KNOWN_PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJKmzu0ABFPC632G+QacrxaONNzfK
19vWwoN36zgPJzWfg4SuAgOueA9GaL0rqR7RCjcC9n/zyXWurXiDHNNYag==
-----END PUBLIC KEY-----
`;
const KNOWN_ID = "TzIYCgST/jWYGqDiv/xwj4gTQJdajje8j0rYs8lMQeo=";

function block(label: string, body = BODY): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

async function keyOn(namedCurve: string) {
  const { privateKey, publicKey } = await generatePair(namedCurve);
  return {
    privateKey: toPem("PRIVATE KEY", bytesOf(await crypto.subtle.exportKey("pkcs8", privateKey))),
    publicKey: toPem("PUBLIC KEY", bytesOf(await crypto.subtle.exportKey("spki", publicKey))),
  };
}

async function generatePair(namedCurve: string) {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair of keys");
  return pair;
}

function bytesOf(exported: unknown): Uint8Array {
  if (!(exported instanceof ArrayBuffer)) throw new Error("no bytes");
  return new Uint8Array(exported);
}

describe("a private key", () => {
  test("is PKCS#8 in PEM", () => {
    expect(PEM).toMatch(/^-----BEGIN PRIVATE KEY-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/);
  });

  test("signs what its public half verifies", async () => {
    const { sign, publicKey, keyId } = await parsePrivateKey(PEM);
    const signature = await sign(BYTES);
    const [read] = await parsePublicKeys(publicKey.pem);
    expect(read?.id).toBe(keyId);
    expect(await read?.verifies(BYTES, signature)).toBe(true);
    expect(await read?.verifies(BYTES.subarray(1), signature)).toBe(false);
  });

  test("does not sign for another key", async () => {
    const [signer, other] = await Promise.all([parsePrivateKey(PEM), generatePrivateKey().then(parsePrivateKey)]);
    expect(other.keyId).not.toBe(signer.keyId);
    expect(await other.publicKey.verifies(BYTES, await signer.sign(BYTES))).toBe(false);
  });

  test("may have text around it, and Windows' line ends", async () => {
    const { keyId } = await parsePrivateKey(`a comment\n${block("EC PARAMETERS")}${PEM}more`.replaceAll("\n", "\r\n"));
    expect(keyId).toBe((await parsePrivateKey(PEM)).keyId);
  });

  test.each([
    ["nothing", "", /no PKCS#8 key in PEM; make one with "openssl genpkey/],
    ["no base64", block("PRIVATE KEY", "!"), /no PKCS#8 key in PEM/],
    ["other bytes", block("PRIVATE KEY"), /not on the curve P-256, or damaged/],
    ["another curve", ON_ANOTHER_CURVE.privateKey, /not on the curve P-256, or damaged/],
    ["a file that is too long", `${" ".repeat(20_000)}${PEM}`, /no PKCS#8 key in PEM/],
    [
      "cosign's own key",
      block("ENCRYPTED SIGSTORE PRIVATE KEY"),
      /which only cosign reads; make a new key with "openssl genpkey/,
    ],
    ["cosign's older key", block("ENCRYPTED COSIGN PRIVATE KEY"), /make a new key with "openssl genpkey/],
    ["an encrypted key", block("ENCRYPTED PRIVATE KEY"), /decrypt it with "openssl pkcs8 -in KEY -out NEW"/],
    ["a key in SEC1", block("EC PRIVATE KEY"), /convert it with "openssl pkcs8 -topk8 -nocrypt/],
    ["a public key", block("PUBLIC KEY"), /the private half signs/],
  ])("is refused in words: %s", async (_, text, message) => {
    await expect(parsePrivateKey(text)).rejects.toMatchObject({ name: "KeyError", message: matching(message) });
  });
});

describe("a public key", () => {
  test("has cosign's id, and is written as openssl writes it", async () => {
    expect(await parsePublicKeys(KNOWN_PUBLIC_KEY)).toMatchObject([{ id: KNOWN_ID, pem: KNOWN_PUBLIC_KEY }]);
  });

  test("stands beside the next one while keys are rotated", async () => {
    const { publicKey } = await parsePrivateKey(PEM);
    const ids = (await parsePublicKeys(publicKey.pem + KNOWN_PUBLIC_KEY)).map(({ id }) => id);
    expect(ids).toEqual([publicKey.id, KNOWN_ID]);
  });

  test.each([
    ["nothing", "", /no public key in PEM/],
    ["a private key", PEM, /this is a PRIVATE KEY, but a PUBLIC KEY is needed/],
    ["no base64", block("PUBLIC KEY", "!"), /damaged: it is not base64/],
    ["other bytes", block("PUBLIC KEY"), /signatures need an ECDSA key on the curve P-256/],
    ["another curve", ON_ANOTHER_CURVE.publicKey, /an ECDSA key on the curve P-256/],
  ])("is refused in words: %s", async (_, text, message) => {
    await expect(parsePublicKeys(text)).rejects.toMatchObject({ name: "KeyError", message: matching(message) });
  });

  test("verifies no signature of other numbers", async () => {
    const [key] = await parsePublicKeys(KNOWN_PUBLIC_KEY);
    expect(await key?.verifies(BYTES, derFromRaw(new Uint8Array(64).fill(0x7f)))).toBe(false);
  });
});

import { parseContentDescriptors } from "../../protocol/artifact-manifest.ts";
import { isJsonObject, type JsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { gunzip, gzip } from "../compression/gzip.ts";
import { type DocumentTexts, documentsOf, type ImageDocuments } from "./image-documents.ts";
import type { KeySignatures, TrustRecord } from "./trust-record.ts";

/** A file of another version counts as missing. */
const VERSION = 1;
/** Bytes of a file. The usual one has 50 kB. */
export const MAX_TRUST_FILE_BYTES = 4_194_304;
/** A Worker unpacks it in 128 MB of memory, and texts have two bytes for some characters. Bytes of JSON. */
const MAX_JSON_BYTES = 8_388_608;
/** The two manifests of an image, or the two lists of its platforms. */
const MAX_SUBJECTS = 2;
/** The current key, another one while keys are changed, and former ones. */
export const MAX_KEYS = 8;
/** A key signs two texts for each subject, and one for each document. */
const MAX_SIGNATURES = 16;

const HASH = /^[0-9a-f]{64}$/;
const KEY_ID = /^[\w+/=:.-]{1,200}$/;
const SIGNATURE = /^[A-Za-z0-9+/]{1,200}={0,2}$/;

/** The record as gzip JSON. Undefined if it is too large for a reader. */
export async function encodeTrust(record: TrustRecord): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const json = Uint8Array.from(new TextEncoder().encode(JSON.stringify(trustJson(record))));
  if (json.length > MAX_JSON_BYTES) return undefined;
  const file = await gzip(json);
  return file.length > MAX_TRUST_FILE_BYTES ? undefined : file;
}

function trustJson({ subjects, reference, documents, keys }: TrustRecord): object {
  return {
    version: VERSION,
    subjects,
    reference,
    ...(documents && { documents: textsOf(documents) }),
    keys: keys.map(({ keyId, signatures }) => [keyId, [...signatures]]),
  };
}

function textsOf({ spdx, cyclonedx, provenance }: ImageDocuments): DocumentTexts {
  return { spdx: spdx.json, cyclonedx: cyclonedx.json, provenance: provenance.json };
}

/** Undefined for a file that is damaged, too large, or of another version. Nothing in it is believed. */
export async function decodeTrust(file: Uint8Array): Promise<TrustRecord | undefined> {
  const bytes = await gunzip(file, MAX_JSON_BYTES);
  const value = bytes && parseJsonObject(new TextDecoder().decode(bytes));
  return value && value["version"] === VERSION ? parseTrust(value) : undefined;
}

async function parseTrust({ subjects: list, reference, documents, keys: signed }: JsonObject) {
  const [first, ...others] = parseContentDescriptors(list) ?? [];
  const keys = jsonMembers(signed).map(parseKey);
  if (!first || others.length >= MAX_SUBJECTS || typeof reference !== "string") return undefined;
  if (keys.length > MAX_KEYS || !keys.every((key) => key !== undefined)) return undefined;
  const texts = documents === undefined ? undefined : parseTexts(documents);
  if (documents !== undefined && !texts) return undefined;
  const subjects: TrustRecord["subjects"] = [first, ...others];
  return { subjects, reference, documents: texts && (await documentsOf(texts)), keys };
}

function parseTexts(value: unknown): DocumentTexts | undefined {
  const { spdx, cyclonedx, provenance } = isJsonObject(value) ? value : {};
  if (typeof spdx !== "string" || typeof cyclonedx !== "string" || typeof provenance !== "string") return undefined;
  return { spdx, cyclonedx, provenance };
}

function parseKey(value: unknown): KeySignatures | undefined {
  const [keyId, list] = jsonMembers(value);
  const signatures = jsonMembers(list).map(parseSignature);
  if (typeof keyId !== "string" || !KEY_ID.test(keyId) || signatures.length > MAX_SIGNATURES) return undefined;
  if (!signatures.every((each) => each !== undefined)) return undefined;
  return { keyId, signatures: new Map(signatures) };
}

function parseSignature(value: unknown): readonly [string, string] | undefined {
  const [hash, signature] = jsonMembers(value);
  const isValid = typeof hash === "string" && HASH.test(hash) && typeof signature === "string";
  return isValid && SIGNATURE.test(signature) ? [hash, signature] : undefined;
}

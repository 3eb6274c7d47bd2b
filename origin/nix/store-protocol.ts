import { NUMBER_BYTES, numberBytes, padded, textBytes } from "../nars/wire-format.ts";
import { isDerivation, isStorePath } from "../../image/closure/store-path.ts";
import { parseNarHash } from "../caches/nar-hash.ts";
import type { StoredPath } from "./stored-path.ts";

/**
 * The protocol of `nix-store --serve`, which Nix speaks with its `ssh://` stores:
 * https://github.com/NixOS/nix/blob/2.34.0/src/libstore/include/nix/store/serve-protocol.hh
 */
const CLIENT_MAGIC = 0x390c9deb;
const SERVER_MAGIC = 0x5452eecb;
/** 2.4. The answers of Nix before 2.4 are those of 2.3. */
const PROTOCOL_VERSION = 0x204;
/** The first version with hashes and signatures. */
const WITH_SIGNATURES = 0x204;
const QUERY_VALID_PATHS = 1;
const QUERY_PATH_INFOS = 2;
const QUERY_CLOSURE = 7;
const WITHOUT_OUTPUTS = 0;
const AS_TEMPORARY_ROOTS = 1;
const WITHOUT_DOWNLOADS = 0;

/** All texts are store paths, hashes or signatures. */
const MAX_TEXT_BYTES = 4096;
const MAX_TEXTS = 1_000_000;

export const GREETING = Buffer.concat([numberBytes(CLIENT_MAGIC), numberBytes(PROTOCOL_VERSION)]);

/** Nix makes temporary roots of the paths, and says which of them are valid. A root needs no valid path. */
export function holdQuestion(paths: readonly string[]): Buffer {
  const flags = [AS_TEMPORARY_ROOTS, WITHOUT_DOWNLOADS].map(numberBytes);
  return Buffer.concat([numberBytes(QUERY_VALID_PATHS), ...flags, texts(paths)]);
}

export function closureQuestion(paths: readonly string[]): Buffer {
  return Buffer.concat([numberBytes(QUERY_CLOSURE), numberBytes(WITHOUT_OUTPUTS), texts(paths)]);
}

export function pathInfosQuestion(paths: readonly string[]): Buffer {
  return Buffer.concat([numberBytes(QUERY_PATH_INFOS), texts(paths)]);
}

/** Returns the next bytes of Nix's answers, exactly as many. */
export type ReadBytes = (count: number) => Promise<Buffer>;

/** Returns the version of the protocol that both sides know. */
export async function readGreeting(read: ReadBytes): Promise<number> {
  const magic = await readNumber(read);
  if (magic !== SERVER_MAGIC) throw unexpected(magic);
  return Math.min(PROTOCOL_VERSION, await readNumber(read));
}

export async function readPaths(read: ReadBytes): Promise<string[]> {
  return (await readTexts(read)).map(storePath);
}

async function readTexts(read: ReadBytes): Promise<string[]> {
  const count = await readNumber(read);
  if (count > MAX_TEXTS) throw unexpected(count);
  const found: string[] = [];
  while (found.length < count) found.push(await readText(read));
  return found;
}

/** `version` is the one of the greeting. The list ends with an empty path. */
export async function readPathInfos(read: ReadBytes, version: number): Promise<StoredPath[]> {
  const infos: StoredPath[] = [];
  for (let path = await readText(read); path !== ""; path = await readText(read)) {
    const deriver = await readText(read);
    const references = await readPaths(read);
    await readNumber(read); // the size of a download
    const info = { path: storePath(path), narSize: await readNumber(read), references };
    infos.push({ ...info, ...(version >= WITH_SIGNATURES && (await readOrigin(read, deriver))) });
  }
  return infos;
}

type Origin = Pick<StoredPath, "narHash" | "derivation" | "signers">;

/** Before 2.4, nobody can tell whether a path is signed. So the derivation alone would not say that it was built here. */
async function readOrigin(read: ReadBytes, deriver: string): Promise<Origin> {
  const narHash = parseNarHash(await readText(read));
  const contentAddress = await readText(read);
  const signatures = await readTexts(read);
  return {
    narHash,
    // A path with an address of its contents is a file that was added, or a download of a fixed hash.
    derivation: isDerivation(deriver) && contentAddress === "" ? deriver : undefined,
    // A signature is `<name of the key>:<base64>`.
    signers: [...new Set(signatures.map((text) => text.split(":", 1)[0] ?? ""))],
  };
}

async function readText(read: ReadBytes): Promise<string> {
  const length = await readNumber(read);
  if (length > MAX_TEXT_BYTES) throw unexpected(length);
  return (await read(padded(length))).toString("utf8", 0, length);
}

async function readNumber(read: ReadBytes): Promise<number> {
  const value = Number((await read(NUMBER_BYTES)).readBigUInt64LE());
  if (!Number.isSafeInteger(value)) throw unexpected(value);
  return value;
}

function storePath(text: string): string {
  if (!isStorePath(text)) throw unexpected(text);
  return text;
}

function unexpected(what: string | number): Error {
  return new Error(`nix-store --serve answered with something unexpected: ${JSON.stringify(what)}`);
}

export function texts(values: readonly string[]): Buffer {
  return Buffer.concat([numberBytes(values.length), ...values.map(textBytes)]);
}

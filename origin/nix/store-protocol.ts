import { isStorePath, type StorePath } from "../../image/closure/store-path.ts";

/**
 * The protocol of `nix-store --serve`, which Nix speaks with its `ssh://` stores:
 * https://github.com/NixOS/nix/blob/2.34.0/src/libstore/include/nix/store/serve-protocol.hh
 * Integers have 8 bytes, the lowest first. Strings are filled up to a multiple of 8 bytes.
 */
const CLIENT_MAGIC = 0x390c9deb;
const SERVER_MAGIC = 0x5452eecb;
/** All versions of Nix speak it: 2.3. Later ones also tell signatures. */
const PROTOCOL_VERSION = 0x203;
const QUERY_PATH_INFOS = 2;
const QUERY_CLOSURE = 7;
const WITHOUT_OUTPUTS = 0;

const INTEGER_BYTES = 8;
/** All strings are store paths. */
const MAX_STRING_BYTES = 4096;
const MAX_STRINGS = 1_000_000;

export const GREETING = Buffer.concat([integer(CLIENT_MAGIC), integer(PROTOCOL_VERSION)]);

export function closureQuestion(paths: readonly string[]): Buffer {
  return Buffer.concat([integer(QUERY_CLOSURE), integer(WITHOUT_OUTPUTS), strings(paths)]);
}

export function pathInfosQuestion(paths: readonly string[]): Buffer {
  return Buffer.concat([integer(QUERY_PATH_INFOS), strings(paths)]);
}

/** Returns the next bytes of Nix's answers, exactly as many. */
export type ReadBytes = (count: number) => Promise<Buffer>;

export async function readGreeting(read: ReadBytes): Promise<void> {
  const magic = await readInteger(read);
  if (magic !== SERVER_MAGIC) throw unexpected(magic);
  await readInteger(read); // Nix's version of the protocol
}

export async function readPaths(read: ReadBytes): Promise<string[]> {
  const count = await readInteger(read);
  if (count > MAX_STRINGS) throw unexpected(count);
  const paths: string[] = [];
  while (paths.length < count) paths.push(storePath(await readString(read)));
  return paths;
}

/** The list ends with an empty path. */
export async function readPathInfos(read: ReadBytes): Promise<StorePath[]> {
  const infos: StorePath[] = [];
  for (let path = await readString(read); path !== ""; path = await readString(read)) {
    await readString(read); // the deriver
    const references = await readPaths(read);
    await readInteger(read); // the size of a download
    infos.push({ path: storePath(path), narSize: await readInteger(read), references });
  }
  return infos;
}

async function readString(read: ReadBytes): Promise<string> {
  const length = await readInteger(read);
  if (length > MAX_STRING_BYTES) throw unexpected(length);
  return (await read(padded(length))).toString("utf8", 0, length);
}

async function readInteger(read: ReadBytes): Promise<number> {
  const value = Number((await read(INTEGER_BYTES)).readBigUInt64LE());
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

export function integer(value: number): Buffer {
  const bytes = Buffer.alloc(INTEGER_BYTES);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function strings(texts: readonly string[]): Buffer {
  return Buffer.concat([integer(texts.length), ...texts.map(string)]);
}

export function string(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.alloc(INTEGER_BYTES + padded(length));
  bytes.writeBigUInt64LE(BigInt(length));
  bytes.write(text, INTEGER_BYTES);
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / INTEGER_BYTES) * INTEGER_BYTES;
}

import { NUMBER_BYTES, numberBytes, padded, textBytes } from "../nars/wire-format.ts";
import { isStorePath, type StorePath } from "../../image/closure/store-path.ts";

/**
 * The protocol of `nix-store --serve`, which Nix speaks with its `ssh://` stores:
 * https://github.com/NixOS/nix/blob/2.34.0/src/libstore/include/nix/store/serve-protocol.hh
 */
const CLIENT_MAGIC = 0x390c9deb;
const SERVER_MAGIC = 0x5452eecb;
/** All versions of Nix speak it: 2.3. Later ones also tell signatures. */
const PROTOCOL_VERSION = 0x203;
const QUERY_PATH_INFOS = 2;
const QUERY_CLOSURE = 7;
const WITHOUT_OUTPUTS = 0;

/** All texts are store paths. */
const MAX_TEXT_BYTES = 4096;
const MAX_TEXTS = 1_000_000;

export const GREETING = Buffer.concat([numberBytes(CLIENT_MAGIC), numberBytes(PROTOCOL_VERSION)]);

export function closureQuestion(paths: readonly string[]): Buffer {
  return Buffer.concat([numberBytes(QUERY_CLOSURE), numberBytes(WITHOUT_OUTPUTS), texts(paths)]);
}

export function pathInfosQuestion(paths: readonly string[]): Buffer {
  return Buffer.concat([numberBytes(QUERY_PATH_INFOS), texts(paths)]);
}

/** Returns the next bytes of Nix's answers, exactly as many. */
export type ReadBytes = (count: number) => Promise<Buffer>;

export async function readGreeting(read: ReadBytes): Promise<void> {
  const magic = await readNumber(read);
  if (magic !== SERVER_MAGIC) throw unexpected(magic);
  await readNumber(read); // Nix's version of the protocol
}

export async function readPaths(read: ReadBytes): Promise<string[]> {
  const count = await readNumber(read);
  if (count > MAX_TEXTS) throw unexpected(count);
  const paths: string[] = [];
  while (paths.length < count) paths.push(storePath(await readText(read)));
  return paths;
}

/** The list ends with an empty path. */
export async function readPathInfos(read: ReadBytes): Promise<StorePath[]> {
  const infos: StorePath[] = [];
  for (let path = await readText(read); path !== ""; path = await readText(read)) {
    await readText(read); // the deriver
    const references = await readPaths(read);
    await readNumber(read); // the size of a download
    infos.push({ path: storePath(path), narSize: await readNumber(read), references });
  }
  return infos;
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

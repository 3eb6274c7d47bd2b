import { type ByteString, writeBytes } from "./byte-string.ts";
import type { Owner, TarEntry } from "./tar-entry.ts";

export const BLOCK_BYTES = 512;

const MAX_NAME_BYTES = 100;
const MAX_PREFIX_BYTES = 155;
/** Eleven octal digits. */
const MAX_SIZE = 0o77_777_777_777;
const PAX_NAME = "PaxHeader";
const PAX_MODE = 0o444;

const TYPE_FLAGS = { file: "0", hardlink: "1", symlink: "2", directory: "5", pax: "x" } as const;

/** The first byte of each field in a ustar header. Bytes between the fields are zero. */
const OFFSETS = {
  name: 0,
  mode: 100,
  owner: 108,
  group: 116,
  size: 124,
  modified: 136,
  checksum: 148,
  typeFlag: 156,
  linkName: 157,
  magic: 257,
  deviceMajor: 329,
  deviceMinor: 337,
  prefix: 345,
} as const;

/** The fields that all headers share. */
const COMMON_BLOCK = new Uint8Array(BLOCK_BYTES);
// One second after the epoch, as for every file in a Nix store.
writeBytes(COMMON_BLOCK, OFFSETS.modified, octal(1, 12));
// The checksum is computed while its own field holds spaces.
writeBytes(COMMON_BLOCK, OFFSETS.checksum, " ".repeat(8));
// The magic word, a NUL, and the version.
writeBytes(COMMON_BLOCK, OFFSETS.magic, "ustar\u000000");
writeBytes(COMMON_BLOCK, OFFSETS.deviceMajor, octal(0, 8));
writeBytes(COMMON_BLOCK, OFFSETS.deviceMinor, octal(0, 8));
const COMMON_SUM = COMMON_BLOCK.reduce((sum, byte) => sum + byte, 0);
const ROOT: Owner = { uid: 0, gid: 0 };

interface HeaderFields {
  readonly name: ByteString;
  readonly mode: number;
  readonly size: number;
  readonly typeFlag: string;
  readonly linkName: ByteString;
  readonly owner?: Owner | undefined;
}

/**
 * The header blocks of a member, as POSIX ustar. If name, link target or size do not fit, a pax header comes first:
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function tarHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const size = sizeOf(entry);
  const linkName = "target" in entry ? entry.target : "";
  const mode = entry.type === "symlink" ? 0o777 : entry.mode;
  const records = [
    ...(splitName(entry.name) ? [] : [paxRecord("path", entry.name)]),
    ...(linkName.length > MAX_NAME_BYTES ? [paxRecord("linkpath", linkName)] : []),
    ...(size > MAX_SIZE ? [paxRecord("size", String(size))] : []),
  ];
  const owner = "owner" in entry ? entry.owner : undefined;
  const fields = { name: entry.name, mode, size: size > MAX_SIZE ? 0 : size, linkName, owner };
  const header = ustarBlock({ ...fields, typeFlag: TYPE_FLAGS[entry.type] });
  return records.length === 0 ? header : withPaxRecords(records.join(""), header);
}

/** The bytes of content that follow a member's header. */
export function sizeOf(entry: TarEntry): number {
  if (entry.type !== "file") return 0;
  return entry.content.kind === "bytes" ? entry.content.bytes.length : entry.content.size;
}

/** How many zeros fill the last block of a content. */
export function paddingBytes(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

function ustarBlock({ name, mode, size, typeFlag, linkName, owner = ROOT }: HeaderFields): Uint8Array<ArrayBuffer> {
  const split = splitName(name) ?? { prefix: "", name: name.slice(0, MAX_NAME_BYTES) };
  const block = newBlock();
  block.set(COMMON_BLOCK);
  const sum =
    COMMON_SUM +
    writeField(block, OFFSETS.name, split.name) +
    writeField(block, OFFSETS.mode, octal(mode, 8)) +
    writeField(block, OFFSETS.owner, octal(owner.uid, 8)) +
    writeField(block, OFFSETS.group, octal(owner.gid, 8)) +
    writeField(block, OFFSETS.size, octal(size, 12)) +
    writeField(block, OFFSETS.typeFlag, typeFlag) +
    writeField(block, OFFSETS.linkName, linkName.slice(0, MAX_NAME_BYTES)) +
    writeField(block, OFFSETS.prefix, split.prefix);
  writeBytes(block, OFFSETS.checksum, `${octal(sum, 7)} `);
  return block;
}

/** Returns the sum of the bytes. To sum up the finished block takes longer: most of it is zeros. */
function writeField(block: Uint8Array, offset: number, text: ByteString): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) {
    const byte = text.charCodeAt(index);
    block[offset + index] = byte;
    sum += byte;
  }
  return sum;
}

/** 64 headers. */
const POOL_BYTES = 64 * BLOCK_BYTES;
let pool = new Uint8Array(0);

/** Cuts blocks from a larger array. An allocation for each header would take half of the time. */
function newBlock(): Uint8Array<ArrayBuffer> {
  if (pool.length === 0) pool = new Uint8Array(POOL_BYTES);
  const block = pool.subarray(0, BLOCK_BYTES);
  pool = pool.subarray(BLOCK_BYTES);
  return block;
}

/** Splits a path between the fields prefix and name. Undefined if it does not fit. */
function splitName(path: ByteString): { readonly prefix: ByteString; readonly name: ByteString } | undefined {
  if (path.length <= MAX_NAME_BYTES) return { prefix: "", name: path };
  // The first slash after which the name is short enough. Neither field keeps this slash.
  const slash = path.indexOf("/", path.length - MAX_NAME_BYTES - 1);
  const fits = slash > 0 && slash <= MAX_PREFIX_BYTES && slash < path.length - 1;
  return fits ? { prefix: path.slice(0, slash), name: path.slice(slash + 1) } : undefined;
}

/** A pax header, its records with zeros up to a whole block, then the member's own header. */
function withPaxRecords(records: ByteString, header: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = records;
  const pax = { name: PAX_NAME, mode: PAX_MODE, size: length, typeFlag: TYPE_FLAGS.pax, linkName: "" };
  const paddedBytes = length + paddingBytes(length);
  const blocks = new Uint8Array(BLOCK_BYTES + paddedBytes + header.length);
  blocks.set(ustarBlock(pax));
  writeBytes(blocks, BLOCK_BYTES, records);
  blocks.set(header, BLOCK_BYTES + paddedBytes);
  return blocks;
}

/** `<length> <key>=<value>\n`. The length includes its own digits. */
function paxRecord(key: string, value: ByteString): ByteString {
  const rest = ` ${key}=${value}\n`;
  const guess = rest.length + String(rest.length).length;
  const length = rest.length + String(guess).length;
  return `${length}${rest}`;
}

/** Octal digits that fill a field. The last byte is NUL. */
function octal(value: number, length: number): ByteString {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}

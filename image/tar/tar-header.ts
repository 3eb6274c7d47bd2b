import { type ByteString, bytesOf, type TarEntry } from "./tar-entry.ts";

export const BLOCK_BYTES = 512;

/** The modification time of every file in a Nix store: one second after the epoch. */
const MODIFIED_S = 1;
const MAX_NAME_BYTES = 100;
const MAX_PREFIX_BYTES = 155;
/** Eleven octal digits. */
const MAX_SIZE = 0o77_777_777_777;
const PAX_NAME = "PaxHeader";
const PAX_MODE = 0o444;

const TYPE_FLAGS = { file: "0", hardlink: "1", symlink: "2", directory: "5", pax: "x" } as const;

/** Offset and length of the one field that is known last. */
const CHECKSUM = { offset: 148, length: 8 } as const;

interface HeaderFields {
  readonly name: ByteString;
  readonly mode: number;
  readonly size: number;
  readonly typeFlag: string;
  readonly linkName: ByteString;
}

/**
 * The header blocks of a member, as POSIX ustar; before them a pax header where name, link target or size
 * do not fit: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function tarHeader(entry: TarEntry): Buffer {
  const size = sizeOf(entry);
  const linkName = "target" in entry ? entry.target : "";
  const mode = entry.type === "symlink" ? 0o777 : entry.mode;
  const records = [
    ...(splitName(entry.name) ? [] : [paxRecord("path", entry.name)]),
    ...(linkName.length > MAX_NAME_BYTES ? [paxRecord("linkpath", linkName)] : []),
    ...(size > MAX_SIZE ? [paxRecord("size", String(size))] : []),
  ];
  const fields = { name: entry.name, mode, size: size > MAX_SIZE ? 0 : size, linkName };
  const header = ustarBlock({ ...fields, typeFlag: TYPE_FLAGS[entry.type] });
  return records.length === 0 ? header : Buffer.concat([paxBlocks(records.join("")), header]);
}

/** Bytes of a member's content, which follow its header. */
export function sizeOf(entry: TarEntry): number {
  if (entry.type !== "file") return 0;
  return entry.content.kind === "bytes" ? entry.content.bytes.length : entry.content.size;
}

/** Zeros up to the next whole block. */
export function paddingBytes(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

function ustarBlock({ name, mode, size, typeFlag, linkName }: HeaderFields): Buffer {
  const split = splitName(name) ?? { prefix: "", name: name.slice(0, MAX_NAME_BYTES) };
  const owner = octal(0, 8);
  const text = [
    field(split.name, MAX_NAME_BYTES),
    octal(mode, 8),
    owner,
    owner,
    octal(size, 12),
    octal(MODIFIED_S, 12),
    // The checksum is computed as if it were spaces.
    " ".repeat(CHECKSUM.length),
    typeFlag,
    field(linkName.slice(0, MAX_NAME_BYTES), MAX_NAME_BYTES),
    "ustar\u000000",
    field("", 32),
    field("", 32),
    octal(0, 8),
    octal(0, 8),
    field(split.prefix, MAX_PREFIX_BYTES),
    field("", 12),
  ];
  const block = bytesOf(text.join(""));
  block.write(`${octal(sumOf(block), 7)} `, CHECKSUM.offset, "latin1");
  return block;
}

/** Counts: `reduce` and `for … of` take longer than all else about a header. */
function sumOf(block: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < block.length; index++) sum += block[index] ?? 0;
  return sum;
}

/** Name and the directories before it, as two fields hold them; undefined when they do not fit. */
function splitName(path: ByteString): { readonly prefix: ByteString; readonly name: ByteString } | undefined {
  if (path.length <= MAX_NAME_BYTES) return { prefix: "", name: path };
  // The first slash that leaves a name short enough; the slash itself is not kept.
  const slash = path.indexOf("/", path.length - MAX_NAME_BYTES - 1);
  const fits = slash > 0 && slash <= MAX_PREFIX_BYTES && slash < path.length - 1;
  return fits ? { prefix: path.slice(0, slash), name: path.slice(slash + 1) } : undefined;
}

function paxBlocks(records: ByteString): Buffer {
  const header = ustarBlock({
    name: PAX_NAME,
    mode: PAX_MODE,
    size: records.length,
    typeFlag: TYPE_FLAGS.pax,
    linkName: "",
  });
  return Buffer.concat([header, bytesOf(records), Buffer.alloc(paddingBytes(records.length))]);
}

/** `<length> <key>=<value>\n`, whose length counts its own digits. */
function paxRecord(key: string, value: ByteString): ByteString {
  const rest = ` ${key}=${value}\n`;
  const guess = rest.length + String(rest.length).length;
  const length = rest.length + String(guess).length;
  return `${length}${rest}`;
}

function field(value: ByteString, length: number): ByteString {
  return value.padEnd(length, "\0");
}

/** Digits that fill the field but for a closing NUL. */
function octal(value: number, length: number): ByteString {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}

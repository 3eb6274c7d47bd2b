/** An IP address as a number of 128 bits. An IPv4 address is the IPv6 address that stands for it (RFC 4291, 2.5.5.2). */
export type IpAddress = bigint;

/** A range of addresses: all whose first `prefix` bits, of 128, are those of `address`. */
export interface IpNetwork {
  readonly address: IpAddress;
  readonly prefix: number;
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i;
const IPV4_IN_IPV6 = 0xff_ff_00_00_00_00n;
const IPV4_BITS = 32;
const ADDRESS_BITS = 128;
const GROUPS = 8;
const GROUP_BITS = 16n;
const HEXADECIMAL = 16;
const GROUP_MASK = 0xff_ffn;
const BYTE_MASK = 0xffn;
const BYTE_SHIFTS = [24n, 16n, 8n, 0n] as const;

/** Reads an address as people write it: IPv4 in four numbers, IPv6 without brackets or zone. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (IPV4.test(text)) return parseIpv4(text);
  // The parser of URLs knows each way to write IPv6, and writes each address in one way.
  const host = IPV6.test(text) ? URL.parse(`http://[${text}]/`)?.hostname : undefined;
  return host === undefined ? undefined : joinGroups(expandGroups(host.slice(1, -1)));
}

/** Numbers with leading zeros are octal to some programs, so they are no address here. */
function parseIpv4(text: string): IpAddress | undefined {
  const bytes = text.split(".").map(Number);
  if (bytes.join(".") !== text || bytes.some((byte) => byte > Number(BYTE_MASK))) return undefined;
  return bytes.reduce((value, byte) => value * (BYTE_MASK + 1n) + BigInt(byte), 0n) | IPV4_IN_IPV6;
}

/** `::` stands for as many zeros as are missing. */
function expandGroups(text: string): readonly string[] {
  const [start = "", end] = text.split("::");
  const [first, last] = [start, end ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const [before, after] = [first ?? [], last ?? []];
  return [...before, ...Array<string>(GROUPS - before.length - after.length).fill("0"), ...after];
}

function joinGroups(groups: readonly string[]): IpAddress {
  return groups.reduce((value, group) => (value << GROUP_BITS) | BigInt(`0x${group}`), 0n);
}

/** The text of an address: IPv4 in four numbers, IPv6 in eight groups. */
export function formatIpAddress(address: IpAddress): string {
  if (address >> BigInt(IPV4_BITS) === IPV4_IN_IPV6 >> BigInt(IPV4_BITS))
    return BYTE_SHIFTS.map((shift) => (address >> shift) & BYTE_MASK).join(".");
  const groups = Array.from({ length: GROUPS }, (_, index) => address >> (GROUP_BITS * BigInt(GROUPS - 1 - index)));
  return groups.map((group) => (group & GROUP_MASK).toString(HEXADECIMAL)).join(":");
}

/** Reads one address, or a network such as `10.0.0.0/8` or `fd00::/8`. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [name = "", length, ...rest] = text.split("/");
  const address = parseIpAddress(name);
  const bits = IPV4.test(name) ? IPV4_BITS : ADDRESS_BITS;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : bits + 1;
  if (address === undefined || prefix > bits || rest.length > 0) return undefined;
  return { address, prefix: ADDRESS_BITS - bits + prefix };
}

/** Whether an address is one of a network. */
export function isInNetwork(address: IpAddress, network: IpNetwork): boolean {
  const ignored = BigInt(ADDRESS_BITS - network.prefix);
  return address >> ignored === network.address >> ignored;
}

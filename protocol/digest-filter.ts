/**
 * A set of SHA-256 hashes in little memory: a Bloom filter. It never denies a hash that was added. Of 2,000 other
 * hashes, it takes about one for a member. A SHA-256 hash is random, so its own bits choose the places.
 * https://en.wikipedia.org/wiki/Bloom_filter
 */
export interface DigestFilter {
  /** `hex`: 64 lower-case hexadecimal digits. */
  add(hex: string): void;
  has(hex: string): boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BITS_PER_HASH = 16;
const BITS_PER_BYTE = 8;
/** Each place takes 32 of the 256 bits of a hash. */
const PLACES = 8;
const PLACE_DIGITS = 8;
const HEXADECIMAL = 16;
/** The places of a hash are numbers below 2^32. */
const MAX_BYTES = 2 ** 29;

/** An empty filter. With more hashes than `capacity`, it takes more other hashes for members. */
export function createDigestFilter(capacity: number): DigestFilter {
  return digestFilterOf(new Uint8Array(bytesFor(capacity)));
}

function bytesFor(capacity: number): number {
  return Math.min(Math.ceil((Math.max(capacity, 1) * BITS_PER_HASH) / BITS_PER_BYTE), MAX_BYTES);
}

/**
 * The same members in a filter for `capacity` hashes, or for up to twice as many, if the given one is larger. In a filter of
 * half the size, each place is the old one modulo the new size.
 */
export function foldedFilter({ bytes }: DigestFilter, capacity: number): DigestFilter {
  const needed = bytesFor(capacity);
  let folded = bytes;
  while (folded.length % 2 === 0 && folded.length / 2 >= needed) {
    const [first, second] = [folded.subarray(0, folded.length / 2), folded.subarray(folded.length / 2)];
    folded = first.map((byte, index) => byte | (second[index] ?? 0));
  }
  return digestFilterOf(folded);
}

/** The filter that these bytes hold. It keeps and changes them. With no bytes, it has no members. */
export function digestFilterOf(bytes: Uint8Array<ArrayBuffer>): DigestFilter {
  const bits = bytes.length * BITS_PER_BYTE;
  const places = (hex: string) =>
    Array.from({ length: PLACES }, (_, index) => {
      const start = index * PLACE_DIGITS;
      return Number.parseInt(hex.slice(start, start + PLACE_DIGITS), HEXADECIMAL) % bits;
    });
  const byteAt = (place: number) => Math.floor(place / BITS_PER_BYTE);
  const maskAt = (place: number) => 1 << (place % BITS_PER_BYTE);
  return {
    bytes,
    add(hex) {
      for (const place of places(hex)) bytes[byteAt(place)] = (bytes[byteAt(place)] ?? 0) | maskAt(place);
    },
    has: (hex) => bits > 0 && places(hex).every((place) => ((bytes[byteAt(place)] ?? 0) & maskAt(place)) !== 0),
  };
}

/**
 * A set of SHA-256 hashes that is never wrong, in 24 to 48 bytes for each: a hash table with open addressing. It keeps the
 * first 128 bits of a hash. Nobody can find two hashes that share them.
 */
export interface DigestSet {
  /** `hex`: at least 32 hexadecimal digits. Returns whether the hash is new. */
  add(hex: string): boolean;
  has(hex: string): boolean;
  readonly size: number;
}

type Words = readonly [number, number, number, number];

const WORDS = 4;
const WORD_DIGITS = 8;
const HEXADECIMAL = 16;
const FIRST_SLOTS = 1024;
/** A fuller table is slow. */
const MAX_LOAD = 2 / 3;

export function createDigestSet(): DigestSet {
  let slots = new Uint32Array(FIRST_SLOTS * WORDS);
  let size = 0;

  function grow(): void {
    const full = slots;
    slots = new Uint32Array(full.length * 2);
    for (let at = 0; at < full.length; at += WORDS) {
      const words = wordsAt(full, at);
      if (!isEmpty(words)) slots.set(words, placeOf(slots, words));
    }
  }

  return {
    add(hex) {
      if ((size + 1) * WORDS > slots.length * MAX_LOAD) grow();
      const words = wordsOf(hex);
      const place = placeOf(slots, words);
      if (!isEmpty(wordsAt(slots, place))) return false;
      slots.set(words, place);
      size += 1;
      return true;
    },
    has: (hex) => !isEmpty(wordsAt(slots, placeOf(slots, wordsOf(hex)))),
    get size() {
      return size;
    },
  };
}

/** Where a hash is, or where it belongs. The number of slots is a power of two. */
function placeOf(slots: Uint32Array, words: Words): number {
  let place = (words[0] * WORDS) % slots.length;
  for (;;) {
    const found = wordsAt(slots, place);
    if (isEmpty(found) || found.every((word, index) => word === words[index])) return place;
    place = (place + WORDS) % slots.length;
  }
}

function wordsOf(hex: string): Words {
  const word = (index: number) =>
    Number.parseInt(hex.slice(index * WORD_DIGITS, (index + 1) * WORD_DIGITS), HEXADECIMAL);
  // Four zeros mean an empty slot.
  return [word(0), word(1), word(2), word(3) || 1];
}

function wordsAt(slots: Uint32Array, at: number): Words {
  return [slots[at] ?? 0, slots[at + 1] ?? 0, slots[at + 2] ?? 0, slots[at + 3] ?? 0];
}

function isEmpty(words: Words): boolean {
  return words.every((word) => word === 0);
}

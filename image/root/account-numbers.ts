/**
 * Numbers for accounts of the system that did not ask for one. They are above Debian's fixed numbers, and below the
 * numbers of people.
 */
const FIRST = 101;
const LAST = 998;
const COUNT = LAST - FIRST + 1;

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_OFFSET = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;

/**
 * A number that depends on the account's name alone, as far as it is free. A volume keeps the numbers of its owners, and
 * an image with other packages must still read the files. Undefined if no number is free.
 */
export function accountNumber(name: string, isTaken: (id: number) => boolean): number | undefined {
  let hash = FNV_OFFSET;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), FNV_PRIME);
  const start = (hash >>> 0) % COUNT;
  for (let step = 0; step < COUNT; step++) {
    const id = FIRST + ((start + step) % COUNT);
    if (!isTaken(id)) return id;
  }
  return undefined;
}

/** Nobody may name objects of the bucket now. The message says why, and what to do, for the user of the registry. */
export class SweepOutage extends Error {
  override readonly name = "SweepOutage";
}

/** A collection has removed objects while they were used. If the work is done again, it makes them again. */
export class SweptAway extends Error {
  override readonly name = "SweptAway";

  constructor(keys: readonly string[]) {
    super(`a garbage collection has removed ${keys.length} objects meanwhile, such as ${keys[0]}`);
  }
}

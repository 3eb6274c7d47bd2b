/** A collection cannot go on. The message is for the operator, and says what to do. */
export class CollectionError extends Error {
  override readonly name = "CollectionError";
}

/** Another collection has taken the bucket over, because this one stood still. */
export class LostLock extends CollectionError {
  constructor() {
    super("another garbage collection has taken over, because this one stood still; run the command again later");
  }
}

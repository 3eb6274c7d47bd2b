/** A collection cannot go on. The message is for the operator, and says what to do. */
export class CollectionError extends Error {
  override readonly name = "CollectionError";
}

/** Another collection, or a writer, has taken the lock, because this one stood still. */
export class LostLock extends CollectionError {
  constructor() {
    super("this command stood still, so another one, or a build, has taken over; run it again later");
  }
}

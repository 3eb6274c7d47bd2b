/** A key that Cornice cannot use. The message tells an operator what to do, and holds nothing of the key. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

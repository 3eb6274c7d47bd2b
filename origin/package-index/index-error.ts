/** Why there is no index, in words for the operator. */
export class IndexError extends Error {
  override readonly name = "IndexError";
}

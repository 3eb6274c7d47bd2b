/** There is no index. The message tells the operator why. */
export class IndexError extends Error {
  override readonly name = "IndexError";
}

/** The bytes of an archive are not what its compression promises. The message is for people. */
export class DecompressionError extends Error {
  override readonly name = "DecompressionError";

  /** `problem` follows the data, as in `the xz data of an archive ends early`. */
  constructor(compression: string, problem: string, options?: ErrorOptions) {
    super(`the ${compression} data of an archive ${problem}`, options);
  }
}

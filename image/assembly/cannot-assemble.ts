/** An image cannot be put together from its bundles. The origin may be able to build it. */
export class CannotAssemble extends Error {
  override readonly name = "CannotAssemble";
}

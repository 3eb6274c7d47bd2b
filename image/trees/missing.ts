/** The root needs the tree of this store path, and does not have it. */
export class MissingTree extends Error {
  override readonly name = "MissingTree";
  readonly path: string;

  constructor(path: string) {
    super(`there is no tree of ${path}`);
    this.path = path;
  }
}

/** The root needs the bytes of this file, and the tree does not keep them. */
export class MissingBytes extends Error {
  override readonly name = "MissingBytes";
  readonly path: string;

  constructor(path: string) {
    super(`the tree does not keep the bytes of ${path}`);
    this.path = path;
  }
}

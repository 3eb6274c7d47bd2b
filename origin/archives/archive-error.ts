/** An archive that cannot be taken. The message continues "the archive": `is not compressed with gzip`. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

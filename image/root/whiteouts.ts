import { PackageError } from "../closure/package-error.ts";
import { type ByteString, bytesOf, decodeText } from "../tar/byte-string.ts";

/**
 * A name that begins so means in a layer that a file of a lower layer is removed. No layer can hold such a file:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 */
const WHITEOUT = ".wh.";

/** Returns a name of a directory's entry. Throws `PackageError` if no layer can hold it. */
export function checkName(directory: ByteString, name: ByteString): ByteString {
  if (!name.startsWith(WHITEOUT)) return name;
  const shown = decodeText(bytesOf(name));
  throw new PackageError(
    directory,
    `has a file that no image can hold, because its name begins with ${WHITEOUT}: ${shown}`,
  );
}

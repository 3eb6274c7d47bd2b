import { formatBytes } from "../../protocol/format-bytes.ts";
import { PackageError } from "../closure/package-error.ts";
import { byteString, decodeText } from "../tar/byte-string.ts";
import { ACCOUNT_FILES } from "./accounts.ts";
import { findInRoots } from "./package-roots.ts";
import type { StoreFiles } from "./store-files.ts";

/** The users and groups that an image knows by name. */
export interface AccountNames {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** The files of machines with some ten thousand accounts are smaller. */
const MAX_BYTES = 1_048_576;

/** Reads the names from the packages' own account files, or from the defaults. Throws `PackageError` for a huge file. */
export function accountNames(roots: readonly string[], files: StoreFiles): AccountNames {
  return { users: namesIn("etc/passwd", roots, files), groups: namesIn("etc/group", roots, files) };
}

function namesIn(name: string, roots: readonly string[], files: StoreFiles): string[] {
  const path = findInRoots(roots, name, files);
  const text = path === undefined ? (ACCOUNT_FILES[name] ?? "") : readText(path, files);
  return text.split("\n").flatMap((line) => {
    const [account = ""] = line.split(":");
    return account === "" || account.startsWith("#") ? [] : [account];
  });
}

function readText(path: string, files: StoreFiles): string {
  const file = files.find(byteString(path));
  if (file?.node.kind !== "file") return "";
  if (file.node.size > MAX_BYTES)
    throw new PackageError(path, `has account files of more than ${formatBytes(MAX_BYTES)}`);
  return decodeText(files.trees.read(file.path));
}

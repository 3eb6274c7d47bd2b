import { isJsonObject, jsonMembers, type JsonObject } from "../../protocol/json-object.ts";
import { isStorePath } from "../closure/store-path.ts";

/** What an SPDX document of ours says of an image's closure. */
export interface BilledImage {
  /** The packages as they stand in the image's name. */
  readonly title: string;
  /** In the document's order. */
  readonly paths: readonly BilledPath[];
}

interface BilledPath {
  readonly path: string;
  /** SHA-256 of the path as a NAR archive: 64 hexadecimal digits. */
  readonly narHash?: string;
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Reads a document that `spdxDocument` has written. Null if it is malformed. */
export function readSpdx({ name: title, packages }: JsonObject): BilledImage | null {
  if (typeof title !== "string" || !Array.isArray(packages)) return null;
  const paths = packages.map((each: unknown) => readPath(each)).filter((path) => path !== undefined);
  const valid = paths.filter((path) => path !== null);
  return valid.length === paths.length ? { title, paths: valid } : null;
}

/** Undefined for a package that is no store path. */
function readPath(value: unknown): BilledPath | null | undefined {
  if (!isJsonObject(value)) return null;
  const { packageFileName: path, checksums } = value;
  if (path === undefined) return undefined;
  if (typeof path !== "string" || !isStorePath(path)) return null;
  if (checksums === undefined) return { path };
  const [sum] = jsonMembers(checksums);
  const { algorithm, checksumValue: narHash } = isJsonObject(sum) ? sum : {};
  return algorithm === "SHA256" && typeof narHash === "string" && SHA256.test(narHash) ? { path, narHash } : null;
}

import { OciError } from "../../protocol/oci-error.ts";

const ADDRESS = /^\/builds\/([0-9a-f]{64})$/;

/** The path of the page that tells how a build gets on. */
export function buildAddress(key: string): string {
  return `/builds/${key}`;
}

/** The build that a path names; undefined for another path. */
export function parseBuildAddress(path: string): string | undefined {
  return ADDRESS.exec(path)?.[1];
}

export function buildUnknown(): OciError {
  return new OciError("NAME_UNKNOWN", "no such build is known here any more; pull the image to begin one");
}

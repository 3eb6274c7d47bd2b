import { OciError } from "../../protocol/oci-error.ts";

const ADDRESS = /^\/builds\/([0-9a-f]{64})$/;

/** The path of a build's page. */
export function buildAddress(key: string): string {
  return `/builds/${key}`;
}

/** The key in the path of a build's page; undefined for other paths. */
export function parseBuildAddress(path: string): string | undefined {
  return ADDRESS.exec(path)?.[1];
}

export function buildUnknown(): OciError {
  return new OciError("NAME_UNKNOWN", "this registry does not know this build any more; pull the image to start one");
}

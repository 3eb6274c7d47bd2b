import { OciError } from "../../protocol/oci-error.ts";

const BUILD_PATH = /^\/builds\/([0-9a-f]{64})$/;

/** The path of the page that tells how a build gets on. */
export function buildPagePath(key: string): string {
  return `/builds/${key}`;
}

/** The build that a path names; undefined for another path. */
export function parseBuildPagePath(path: string): string | undefined {
  return BUILD_PATH.exec(path)?.[1];
}

export function buildUnknown(): OciError {
  return new OciError("NAME_UNKNOWN", "no such build is known here any more; pull the image to begin one");
}

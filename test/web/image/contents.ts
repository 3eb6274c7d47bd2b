import { sha256Digest } from "../../../protocol/digest.ts";
import type { ImageContents } from "../../../protocol/image-contents.ts";

export function digest(digit: string) {
  return sha256Digest(digit.repeat(64));
}

function path(name: string, narSize: number, references: readonly number[]) {
  return { path: `/nix/store/${"0".repeat(32)}-${name}`, narSize, references };
}

/**
 *     git ──> curl ──> openssl ──> libc       python3 ──> openssl       git ──> libc
 */
export const CONTENTS: ImageContents = {
  packages: [
    { attribute: "git", paths: [0] },
    { attribute: "python3", paths: [3] },
  ],
  paths: [
    path("git-2", 500_000, [1, 4]),
    path("curl-8", 200_000, [2]),
    path("openssl-3", 300_000, [4]),
    path("python3-3", 900_000, [2]),
    path("libc-2", 1_000_000, []),
    path("tiny-1", 10, []),
    path("tiny-2", 12, []),
  ],
  layers: [
    { digest: digest("1"), size: 400_000, description: "libc-2", paths: [4] },
    { digest: digest("2"), size: 350_000, description: "python3-3", paths: [3] },
    { digest: digest("3"), size: 250_000, description: "4 store paths", paths: [0, 1, 5, 6] },
    { digest: digest("4"), size: 100_000, description: "openssl-3", paths: [2] },
    { digest: digest("5"), size: 3000, description: "root", paths: [] },
  ],
};

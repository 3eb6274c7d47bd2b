import type { Architecture } from "../../protocol/image-name.ts";

/** Nix's name for Linux on an architecture. */
const SYSTEMS: Readonly<Record<Architecture, string>> = { amd64: "x86_64-linux", arm64: "aarch64-linux" };

export function nixSystem(architecture: Architecture): string {
  return SYSTEMS[architecture];
}

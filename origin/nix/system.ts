import type { Architecture } from "../../protocol/image-name.ts";

/** The architecture of this machine. */
export function hostArchitecture(): Architecture {
  return process.arch === "arm64" ? "arm64" : "amd64";
}

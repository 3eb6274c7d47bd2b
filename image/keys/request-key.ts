import { sha256Hex } from "../../protocol/hex.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";

interface RequestHashInput {
  readonly request: Pick<ImageRequest, "source" | "architecture" | "packages" | "image">;
  /** The revision that the request's tag stands for. It must identify everything that is evaluated. */
  readonly revision: string;
  /** The revision of the nixpkgs that the package set gets. Undefined if it gets none. */
  readonly nixpkgs?: string | undefined;
  /** nixpkgs' configuration as JSON. Undefined for its defaults. */
  readonly nixpkgsConfig?: string | undefined;
  /** The closure key of an empty image. It changes with the output format and the settings that shape an image. */
  readonly format: string;
}

/** Raise it when a change in `nix/` can resolve the same names to other packages. */
export const EVALUATION_VERSION = 3;

/** Requests with equal hashes evaluate to the same closure. The hash covers the tag's revision, but not the tag. */
export function requestHash({ request, revision, nixpkgs, nixpkgsConfig, format }: RequestHashInput): Promise<string> {
  const { source, architecture, packages, image } = request;
  const options = {
    ...(nixpkgs === undefined ? {} : { nixpkgs }),
    ...(nixpkgsConfig === undefined ? {} : { nixpkgsConfig }),
    ...(image === undefined ? {} : { image }),
  };
  const input = ["cornice request", EVALUATION_VERSION, format, source, revision, architecture, ...packages];
  // Packages are strings, so this object never equals a package.
  const parts = Object.keys(options).length === 0 ? input : [...input, options];
  return sha256Hex(JSON.stringify(parts));
}

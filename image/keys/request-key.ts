import { sha256Hex } from "../../protocol/hex.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";

interface RequestHashInput {
  readonly request: Pick<ImageRequest, "source" | "architecture" | "packages" | "image">;
  /** What the request's tag stands for; it must tell all that is evaluated. */
  readonly revision: string;
  /** nixpkgs' configuration as JSON; undefined for its defaults. */
  readonly nixpkgsConfig?: string | undefined;
  /** The closure key of nothing: it changes with the output format and the settings that shape an image. */
  readonly format: string;
}

/** Raise it when `nix/` may lead the same names to other packages. */
const EVALUATION_VERSION = 1;

/** Equal for requests that evaluation leads to one closure: the tag is not part of it, its revision is. */
export function requestHash({ request, revision, nixpkgsConfig, format }: RequestHashInput): Promise<string> {
  const { source, architecture, packages, image } = request;
  const options = {
    ...(nixpkgsConfig === undefined ? {} : { nixpkgsConfig }),
    ...(image === undefined ? {} : { image }),
  };
  const input = ["cornice request", EVALUATION_VERSION, format, source, revision, architecture, ...packages];
  // An object is never taken for a package, which is a text.
  const parts = Object.keys(options).length === 0 ? input : [...input, options];
  return sha256Hex(JSON.stringify(parts));
}

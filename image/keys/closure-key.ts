import { sha256Hex } from "../../protocol/hex.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { FORMAT_VERSION } from "../layers/format-version.ts";
import type { HashedPopularity } from "../layers/popularity.ts";
import type { ImageClosure } from "../closure/image-closure.ts";
import { compareText } from "../../protocol/compare-text.ts";

interface ClosureKeyInput extends FormatKeyInput {
  readonly image: ImageClosure;
}

interface FormatKeyInput {
  readonly architecture: Architecture;
  readonly maxStoreLayers: number;
  readonly popularity: Pick<HashedPopularity, "hash">;
  readonly compression: LayerCompression;
}

/**
 * Covers everything that an image's bytes and its layers depend on. Requests with equal keys get the same image. A
 * path's name stands for its contents, and so for its size and references.
 */
export function closureKey(input: ClosureKeyInput): Promise<string> {
  const { image, architecture, maxStoreLayers, popularity, compression } = input;
  const roots = image.packages.map(({ attribute, path, requested }) => `root ${attribute} ${path} ${requested}`);
  const paths = image.closure.map(({ path }) => path);
  const lines = [
    `cornice image ${FORMAT_VERSION} ${architecture} ${maxStoreLayers} ${popularity.hash} ${compression}`,
    ...(image.options === undefined ? [] : [`options ${JSON.stringify(image.options)}`]),
    ...roots.toSorted(compareText),
    ...paths.toSorted(compareText),
  ];
  return sha256Hex(lines.join("\n"));
}

/** The `format` of a request's hash: the closure key of an empty image. Origin and Worker must make the same. */
export function formatKey(settings: FormatKeyInput): Promise<string> {
  return closureKey({ ...settings, image: { packages: [], closure: [] } });
}

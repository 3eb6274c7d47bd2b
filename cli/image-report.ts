import { formatBytes } from "../protocol/format-bytes.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { InspectedImage } from "./built-image.ts";
import { imageBytes } from "./image-description.ts";

/** 12 digits are enough to tell two digests apart. */
const SHOWN_DIGEST = "sha256:".length + 12;

/** The last line of `--json`. */
export function imageEvent(image: InspectedImage, output?: string): string {
  const { reference, source, tag, revision, architecture, packages, manifest, config, layers } = image;
  const { digest, size } = manifest;
  const names = { reference, source, tag, revision, architecture, packages };
  const blobs = { manifest: { digest, size }, config, size: imageBytes(image), layers };
  return JSON.stringify({ event: "image", ...names, ...blobs, output });
}

/** One line for the person who ran `cornice build`. */
export function imageSummary(image: InspectedImage): string {
  const { manifest, layers } = image;
  return `${manifest.digest}, ${formatCount(layers.length, "layer")}, ${formatBytes(imageBytes(image))}`;
}

/** The facts about an image, and a table of its layers. */
export function imageTable(image: InspectedImage): string {
  const { reference, source, tag, revision, architecture, packages, manifest, layers } = image;
  const facts: [string, string | undefined][] = [
    ["image", reference],
    ["manifest", manifest.digest],
    ["source", source],
    ["tag", tag],
    ["revision", revision],
    ["platform", `linux/${architecture}`],
    ["packages", packages.join(" ")],
    ["layers", `${layers.length}, ${formatBytes(imageBytes(image))} compressed`],
  ];
  const head = facts.filter(([, value]) => value).map(([name, value = ""]) => `${name.padEnd(10)}${value}`);
  const rows = layers.map(({ size, digest, contents }) => [formatBytes(size), digest.slice(0, SHOWN_DIGEST), contents]);
  return [...head, "", ...table([["SIZE", "DIGEST", "CONTENTS"], ...rows])].join("\n");
}

/** The first column has sizes, and is aligned to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [sizes, digests] = [width(0), width(1)];
  return rows.map(([size = "", digest = "", contents = ""]) =>
    `${size.padStart(sizes)}  ${digest.padEnd(digests)}  ${contents}`.trimEnd(),
  );
}

import type { ImageOptions } from "../../image/closure/image-options.ts";
import { OWN_LABELS } from "../../protocol/package-label.ts";
import { type Json, list, object, text, unexpected } from "./output-value.ts";
import { compareText } from "../../protocol/compare-text.ts";

/** Reads the options that `nix/image-options.nix` has checked. Sorts them, so that equal options have equal JSON. */
export function parseImageOptions(value: Json): ImageOptions {
  const { entrypoint, cmd, env, user, workingDir, labels, exposedPorts } = value;
  return {
    ...(entrypoint === undefined ? {} : { entrypoint: list(entrypoint, text) }),
    ...(cmd === undefined ? {} : { cmd: list(cmd, text) }),
    ...(env === undefined ? {} : { env: sortedTexts(env) }),
    ...(user === undefined ? {} : { user: text(user) }),
    ...(workingDir === undefined ? {} : { workingDir: text(workingDir) }),
    ...(labels === undefined ? {} : { labels: checkLabels(sortedTexts(labels)) }),
    ...(exposedPorts === undefined ? {} : { exposedPorts: sortedUnique(list(exposedPorts, text)) }),
  };
}

function sortedTexts(value: unknown): Record<string, string> {
  const entries = Object.entries(object(value)).map(([name, item]): [string, string] => [name, text(item)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareText(a, b)));
}

/**
 * The Worker reads Cornice's own labels to decide who may pull an image. So a package set must not set them: its image
 * could pass for another one, which guests may pull.
 */
function checkLabels(labels: Record<string, string>): Record<string, string> {
  if (Object.keys(labels).some((name) => name.startsWith(OWN_LABELS)))
    throw unexpected(labels, `labels without the prefix ${OWN_LABELS}`);
  return labels;
}

function sortedUnique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted(compareText);
}

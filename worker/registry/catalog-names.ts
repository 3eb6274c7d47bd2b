import { type Architecture, formatImageName, parseImageName } from "../../protocol/image-name.ts";
import { ALL_ARCHITECTURES, ARCHITECTURES, type PullRequest } from "../../protocol/image-request.ts";
import { parseTagKey, sourceKeyPrefix, tagKeyPrefix } from "../../protocol/storage-keys.ts";
import { hasLists, type ImageSettings } from "../requests/image-settings.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { listKeys } from "./list-part.ts";
import { mergeSorted } from "./merge-sorted.ts";

type NameSettings = ImageSettings & Pick<StoreSettings, "kv">;

/**
 * The names of all images that were built, in the order of their packages. A name without an architecture stands for a
 * list of images, and for the default image. If there is a list, its images have no names of their own. The names begin
 * after `last`. Throws `NAME_INVALID` if no image can have this name.
 */
export async function* catalogNames(config: NameSettings, last: string | undefined): AsyncGenerator<string> {
  const prefix = await sourceKeyPrefix(config.packageSource);
  const position = last === undefined ? undefined : await positionOf(config, prefix, last);
  const labels: readonly PullRequest["architecture"][] = hasLists(config)
    ? [ALL_ARCHITECTURES, ...ARCHITECTURES]
    : ARCHITECTURES;
  const lists = labels.map((label) => ({ label, texts: askedUnder(config, `${prefix}${label}/`) }));
  for await (const { text, labels: found } of mergeSorted(lists)) {
    for (const architecture of shownArchitectures(config, found)) {
      if (position && !isAfter({ text, architecture }, position)) continue;
      const asked = parseTagKey(`${prefix}${architecture ?? config.defaultArchitecture}/${text}`, prefix);
      if (asked) yield formatImageName({ ...asked, architecture });
    }
  }
}

/** The part of keys that names packages, with the colon behind it: each once, in the order of the keys. */
async function* askedUnder({ kv }: NameSettings, prefix: string): AsyncGenerator<string, void> {
  let last: string | undefined;
  for await (const key of listKeys(kv, prefix)) {
    const asked = key.slice(prefix.length, key.indexOf(":", prefix.length) + 1);
    if (asked !== last) yield asked;
    last = asked;
  }
}

/** The architectures with which a name is listed. Undefined stands for the name without an architecture. */
function shownArchitectures(
  { defaultArchitecture }: ImageSettings,
  found: readonly PullRequest["architecture"][],
): readonly (Architecture | undefined)[] {
  const hasList = found.includes(ALL_ARCHITECTURES);
  const others = ARCHITECTURES.filter((each) => each !== defaultArchitecture && found.includes(each));
  const isPlain = hasList || found.includes(defaultArchitecture);
  return [...(isPlain ? [undefined] : []), ...(hasList ? [] : others)];
}

interface Position {
  readonly text: string;
  /** Undefined for the name without an architecture, which comes first. */
  readonly architecture: Architecture | undefined;
}

async function positionOf(config: ImageSettings, prefix: string, name: string): Promise<Position> {
  const { defaultArchitecture, packageSource: source, maxPackages } = config;
  const { architecture, ...asked } = parseImageName(name, maxPackages);
  const key = await tagKeyPrefix({ source, architecture: defaultArchitecture, ...asked });
  const text = key.slice(`${prefix}${defaultArchitecture}/`.length);
  return { text, architecture: architecture === defaultArchitecture ? undefined : architecture };
}

/** Beside the name without an architecture, each name has one more at most. */
function isAfter(one: Position, other: Position): boolean {
  if (one.text !== other.text) return one.text > other.text;
  return one.architecture !== undefined && other.architecture === undefined;
}

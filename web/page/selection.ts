import {
  type Architecture,
  formatImageName,
  type ImageName,
  parseImageName,
  SHELL_PACKAGES,
} from "../../protocol/image-name.ts";
import { isArchitecture } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { DEFAULT_TAG, isImpossibleTag, isSignatureTag, parseTag } from "../../protocol/tag.ts";

/** A person's choices so far. They may not make an image yet. */
export interface Selection {
  /** Sorted, without the packages of `shell`. */
  readonly packages: readonly string[];
  readonly shell: boolean;
  /** An image that the package set defines. Packages cannot be with it. */
  readonly image?: string;
  /** Undefined for the registry's default. */
  readonly architecture: Architecture | undefined;
  readonly tag: string;
}

export const NOTHING: Selection = { packages: [], shell: false, architecture: undefined, tag: DEFAULT_TAG };

export function isEmpty({ packages, shell, image }: Selection): boolean {
  return packages.length === 0 && !shell && image === undefined;
}

/** The image's name. Empty if nothing is chosen. */
export function selectionName(selection: Selection): string {
  if (isEmpty(selection)) return "";
  const { packages, shell, image, architecture } = selection;
  const all = [...(shell ? SHELL_PACKAGES : []), ...packages].toSorted();
  return formatImageName({ packages: all, architecture, ...(image === undefined ? {} : { image }) });
}

/** `name:tag`, or the name alone for the default tag. */
export function selectionReference(selection: Selection): string {
  return reference(selectionName(selection), selection.tag);
}

export function reference(name: string, tag: string): string {
  return tag === DEFAULT_TAG ? name : `${name}:${tag}`;
}

/** Splits `name:tag`, as people write it for a pull. */
export function splitReference(text: string): { readonly name: string; readonly tag: string } {
  const [name = "", tag = DEFAULT_TAG] = text.split(":", 2);
  return { name, tag };
}

/**
 * Adds a text that a person typed: one package, or several as in an image's name, also meta-packages. Throws
 * `NAME_INVALID` with a message for the person.
 */
export function add(selection: Selection, text: string, maxPackages: number): Selection {
  const parts = text.toLowerCase().split(/[\s,/]+/);
  const typed = parts.filter((part) => part !== "");
  const name = selectionName(selection) || (selection.architecture ?? "");
  const known = name === "" ? [] : [name];
  // The typed text comes before packages, so that `shell` and architectures in it count as meta-packages.
  const all = selection.packages.length > 0 || selection.shell ? [...typed, ...known] : [...known, ...typed];
  const joined = all.join("/");
  if (isArchitecture(joined)) return { ...selection, architecture: joined };
  return { ...fromName(parseImageName(joined, maxPackages)), tag: selection.tag };
}

export function remove(selection: Selection, name: string): Selection {
  return { ...selection, packages: selection.packages.filter((known) => known !== name) };
}

export function withoutImage(selection: Selection): Selection {
  const { image: _, ...others } = selection;
  return others;
}

/** Returns the tag. Throws `TAG_INVALID` if no source can have it. */
export function checkTag(text: string): string {
  const tag = parseTag(text.trim() === "" ? DEFAULT_TAG : text.trim());
  if (!isImpossibleTag(tag) && !isSignatureTag(tag)) return tag;
  throw new OciError("TAG_INVALID", `"${tag}" cannot be a channel, branch or commit`);
}

function fromName({ packages, image, architecture }: ImageName): Selection {
  if (image !== undefined) return { ...NOTHING, image, architecture };
  const isShell = SHELL_PACKAGES.every((name) => packages.includes(name));
  const others = packages.filter((name) => !isShell || !SHELL_PACKAGES.some((shell) => shell === name));
  return { ...NOTHING, packages: others, shell: isShell, architecture };
}

/** The address at which the page shows a selection. */
export function selectionUrl(selection: Selection): string {
  const name = selectionName(selection) || (selection.architecture ?? "");
  const query = [...(name === "" ? [] : [`name=${name}`]), ...tagQuery(selection.tag)];
  return query.length === 0 ? "/" : `/?${query.join("&")}`;
}

function tagQuery(tag: string): string[] {
  return tag === DEFAULT_TAG ? [] : [`tag=${tag}`];
}

/** Reads the selection from the query of an address. Throws `NAME_INVALID` or `TAG_INVALID`. */
export function parseSelection(query: string, maxPackages: number): Selection {
  const parameters = new URLSearchParams(query);
  const name = parameters.get("name") ?? "";
  const selection = name === "" ? NOTHING : add(NOTHING, name, maxPackages);
  return { ...selection, tag: checkTag(parameters.get("tag") ?? "") };
}

/** The address of the page on which people can change an image. */
export function composeUrl(name: string, tag: string): string {
  return `/?${[`name=${name}`, ...tagQuery(tag)].join("&")}`;
}

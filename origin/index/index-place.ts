import { EVALUATION_VERSION } from "../../image/keys/request-key.ts";
import { type NameIndexPlace, revisionIndexPrefix } from "../../protocol/storage-keys.ts";
import type { EvaluationSettings } from "../nix/settings.ts";
import type { Revision } from "../sources/revision.ts";

/** The package source and the settings that decide what its names lead to. */
export interface NameIndexSettings {
  /** The source, as `describeSource` writes it. */
  readonly source: string;
  readonly nix: EvaluationSettings;
  /** Whether the evaluation of a path source is restricted. */
  readonly restrictsPath: boolean;
}

/** Settings that also decide which packages Nix can evaluate, and which it allows. */
export function outcomeSettings({ nix, restrictsPath }: Omit<NameIndexSettings, "source">): unknown[] {
  return [nix.nixpkgsConfig ?? null, nix.allowedUris ?? null, nix.allowIfd ?? false, restrictsPath];
}

/** A text that differs if names can lead to other packages of the same revision. */
export function settingsText(settings: NameIndexSettings, nixpkgs: string | undefined): string {
  return JSON.stringify([EVALUATION_VERSION, settings.source, nixpkgs ?? null, ...outcomeSettings(settings)]);
}

/** The part of a revision that decides what names lead to. */
export type IndexedRevision = Pick<Revision, "revision" | "nixpkgs" | "isExact">;

/** Undefined if the revision does not fix what is evaluated. Then there is no index. */
export function indexPlace(
  settings: NameIndexSettings,
  { revision, nixpkgs, isExact }: IndexedRevision,
  system: string,
): NameIndexPlace | undefined {
  return isExact ? { settings: settingsText(settings, nixpkgs), revision, system } : undefined;
}

/** The `revisionIndexPrefix` of the indexes at a revision. Undefined if there is none. */
export async function revisionPrefix(
  settings: NameIndexSettings,
  { revision, nixpkgs, isExact }: IndexedRevision,
): Promise<string | undefined> {
  return isExact ? revisionIndexPrefix({ settings: settingsText(settings, nixpkgs), revision }) : undefined;
}

import { isAbsolute } from "node:path";
import { isStorePath } from "../../image/closure/store-path.ts";
import type { Settings } from "../system/settings.ts";
import { CHANNEL } from "./channel-name.ts";
import { type Revision, UNVERSIONED } from "./revision.ts";

/** The nixpkgs that a package set gets as `pkgs` and finds as `<nixpkgs>`. */
export type SetNixpkgs =
  /** A folder of this machine. */
  | { readonly kind: "path"; readonly path: string }
  /** A channel such as `nixos-25.11`, or a commit. */
  | { readonly kind: "channel"; readonly channel: string };

/** Undefined if the operator names none. */
export function parseSetNixpkgs(settings: Settings): SetNixpkgs | undefined {
  const value = settings.optional("CORNICE_NIXPKGS");
  if (value === undefined) return undefined;
  if (isAbsolute(value)) return { kind: "path", path: value };
  if (CHANNEL.test(value)) return { kind: "channel", channel: value };
  settings.problems.push(
    "CORNICE_NIXPKGS must be a channel such as nixos-25.11, a 40-digit commit, or an absolute path",
  );
  return undefined;
}

/** A folder outside of the store can change at any time. */
export function folderRevision(path: string): Revision {
  const isExact = isStorePath(path);
  const revision = isExact ? path : UNVERSIONED;
  return { revision, isExact, fetch: async () => ({ kind: "path", location: path, revision }) };
}

/** A revision of a package set together with the revision of its nixpkgs. */
export function withNixpkgs(set: Revision, nixpkgs: Revision): Revision {
  return {
    revision: set.revision,
    nixpkgs: nixpkgs.revision,
    isExact: set.isExact && nixpkgs.isExact,
    async fetch(onEvent) {
      const [source, { location }] = await Promise.all([set.fetch(onEvent), nixpkgs.fetch(onEvent)]);
      return { ...source, nixpkgs: location };
    },
  };
}

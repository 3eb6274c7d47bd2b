import type { Environment } from "../origin/system/settings.ts";
import { SOURCE_SETTINGS } from "../origin/sources/package-source.ts";

/** The package set whose popularity is computed. */
export type PopularitySource =
  /** A package source. The environment names it. */
  | { readonly kind: "settings"; readonly env: Environment }
  /** An earlier starter set: its folder, or its `index.json`. */
  | { readonly kind: "starter-index"; readonly path: string };

const STARTER = "starter";
const FORM = /^(channel|git|flake|path):(.+)$/s;
const SETTINGS: Readonly<Record<string, (typeof SOURCE_SETTINGS)[number]>> = {
  channel: "CORNICE_CHANNEL",
  git: "CORNICE_PKGS_REPO",
  flake: "CORNICE_FLAKE",
  path: "CORNICE_PKGS_PATH",
};

/** Parses the source of a call, such as `channel:nixos-25.11`. If there is none, the settings name the source. */
export function popularitySource(text: string | undefined, env: Environment): PopularitySource {
  if (text === undefined) return { kind: "settings", env };
  const others = Object.fromEntries(Object.entries(env).filter(([name]) => !NAMING.has(name)));
  if (text === STARTER) return { kind: "settings", env: others };
  const [, kind = "", value = ""] = FORM.exec(text) ?? [];
  const setting = SETTINGS[kind];
  if (setting === undefined) return { kind: "starter-index", path: text };
  return { kind: "settings", env: { ...others, [setting]: value } };
}

/** The settings about the source. */
const NAMING: ReadonlySet<string> = new Set([...SOURCE_SETTINGS, "CORNICE_SOURCE_NAME", "CORNICE_SOURCE_REVISION"]);

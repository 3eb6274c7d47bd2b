import { pathExists } from "../system/path-exists.ts";
import { ConfigError } from "../system/settings.ts";
import type { PackageSource } from "./package-source.ts";

/** Throws `ConfigError` if the package source is on this machine, and is missing. */
export async function checkLocalFiles(source: PackageSource): Promise<void> {
  const local = localPath(source);
  if (local && !(await pathExists(local.path)))
    throw new ConfigError([`${local.setting}: there is no ${local.path}, or this user may not reach it`]);
}

function localPath(source: PackageSource): { readonly setting: string; readonly path: string } | undefined {
  if (source.kind === "path") return { setting: "CORNICE_PKGS_PATH", path: source.path };
  if (source.kind !== "flake" || source.location.kind !== "path") return undefined;
  return { setting: "CORNICE_FLAKE", path: source.location.path };
}

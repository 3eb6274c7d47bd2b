import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensurePrograms, type InstallOptions, type Requirement } from "./debian-packages.ts";

const PROGRAMS: readonly Requirement[] = [
  { program: "bwrap", debianPackage: "bubblewrap" },
  { program: "tini", debianPackage: "tini" },
];
const MAKE_USERS = join(import.meta.dirname, "../../bin/nix-users");

/**
 * As root, brings the means of isolation: bubblewrap, tini, and the users that evaluation and builds run as. Cornice also
 * starts without them. Then this function logs what is missing, and so does the origin.
 * If nothing may be installed, it makes no users either.
 */
export async function ensureIsolation(options: InstallOptions): Promise<void> {
  if (!options.isRoot) return;
  const programs = () => ensurePrograms(PROGRAMS, options);
  const means = options.installs === false ? [programs] : [programs, () => promisify(execFile)(MAKE_USERS)];
  for (const bring of means) {
    await bring().catch((error: unknown) => options.log(`Going on with less isolation: ${String(error)}`));
  }
}

import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { findNixFolder, parseNixBin } from "../origin/isolation/programs.ts";
import { readNixVersion } from "../origin/isolation/machine.ts";
import { isOlder, type NixVersion } from "../origin/isolation/nix-version.ts";
import { nixEnvironment } from "../origin/nix/environment.ts";
import { describeSource, type PackageSource } from "../origin/sources/package-source.ts";
import { parseSetNixpkgs, type SetNixpkgs } from "../origin/sources/set-nixpkgs.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { bringDebianNix, debianNixFolder, NEWER_SUITES } from "./machine/debian-nix.ts";
import { ensurePrograms, type InstallOptions, type Requirement } from "./machine/debian-packages.ts";
import { pathExists } from "./machine/path-exists.ts";
import { StartError } from "./machine/start-error.ts";
import { sourceNeed } from "./source-need.ts";

interface EnsureOptions {
  /** Undefined means the starter set, which works with any Nix. */
  readonly source: PackageSource | undefined;
  /** The Nix that the source needs, if its revision says more than `sourceNeed` knows. */
  readonly needed?: NixVersion;
  /** Further programs that the source needs. They are installed together with Nix. */
  readonly programs: readonly Requirement[];
  readonly env: Environment;
  readonly install: InstallOptions;
  readonly signal: AbortSignal;
}

/** A Nix, and the folder of its programs. */
interface Nix {
  readonly folder: string;
  readonly version: NixVersion;
}

const NIX: Requirement = { program: "nix-store", debianPackage: "nix-bin" };
/** Only root may write to the store. Another user needs the daemon, which this package starts. */
const NIX_WITH_DAEMON: Requirement = { program: "nix-store", debianPackage: "nix-setup-systemd" };

/**
 * Makes sure that this machine has a Nix that is new enough for the source, and the other programs. If it has no Nix, root
 * gets Debian's own. If it is too old, a newer Debian's comes into a folder of its own. Returns settings of the origin.
 * Throws `StartError` and `ConfigError`.
 */
export async function ensureNix(options: EnsureOptions): Promise<Readonly<Record<string, string>>> {
  const { source, programs, env, install } = options;
  const present = await presentNix(env);
  const needed = options.needed ?? (source && (await sourceNeed(source, nixpkgsOf(env))));
  const isMissing = !present && !(needed && install.isRoot);
  await ensurePrograms([...(isMissing ? [install.isRoot ? NIX : NIX_WITH_DAEMON] : []), ...programs], install);
  if (isMissing || !source || !needed || (present && !isOlder(present.version, needed))) return {};
  const need = `${describeSource(source)} needs Nix ${needed.text} or newer, and ${described(present, env)}`;
  if (env["CORNICE_NIX_BIN"]) throw new StartError(`${need}; name a newer one with CORNICE_NIX_BIN`);
  const { folder } = await newerNix(needed, need, options);
  return { CORNICE_NIX_BIN: folder };
}

function nixpkgsOf(env: Environment): SetNixpkgs | undefined {
  const settings = new Settings(env);
  const nixpkgs = parseSetNixpkgs(settings);
  settings.throwIfAny();
  return nixpkgs;
}

function described(present: Nix | undefined, env: Environment): string {
  if (!present) return "this machine has none";
  return `${env["CORNICE_NIX_BIN"] ? present.folder : "this machine"} has ${present.version.text}`;
}

async function presentNix(env: Environment): Promise<Nix | undefined> {
  const settings = new Settings(env);
  const nixBin = parseNixBin(settings);
  settings.throwIfAny();
  const folder = await findNixFolder(env["PATH"] ?? "", nixBin);
  return folder === undefined ? undefined : { folder, version: await readNixVersion(folder, nixEnvironment(env)) };
}

/** The first of Debian's newer versions that is new enough. */
async function newerNix(needed: NixVersion, need: string, { env, install, signal }: EnsureOptions): Promise<Nix> {
  const directory = nixDirectory(env, install.isRoot);
  let newest: NixVersion | undefined;
  for (const suite of NEWER_SUITES) {
    if (install.installs === false && !(await pathExists(debianNixFolder({ suite, directory }))))
      throw new StartError(`${need}; run "bin/cornice serve --prepare" as root, or ${ADVICE}`);
    install.log(`${need}: using the Nix of Debian ${suite}, in ${directory} ...`);
    const folder = await bringDebianNix({ suite, directory, signal }).catch((cause: unknown) => {
      if (!(cause instanceof StartError)) throw cause;
      throw new StartError(`${need}; Debian's newer one cannot be had here, because ${cause.message}; ${ADVICE}`, {
        cause,
      });
    });
    newest = await readNixVersion(folder, nixEnvironment(env));
    if (!isOlder(newest, needed)) return { folder, version: newest };
  }
  throw new StartError(`${need}; Debian's newest one is ${newest?.text}; ${ADVICE}`);
}

const ADVICE =
  "install a newer Nix (https://nixos.org/download), or name the folder of its programs with CORNICE_NIX_BIN";

/**
 * The folder for Debian's newer Nix. All state folders of this machine share it. The user that evaluates for root must be
 * able to enter it.
 */
function nixDirectory(env: Environment, isRoot: boolean): string {
  const configured = env["XDG_CACHE_HOME"] ?? "";
  const caches = isRoot ? "/var/cache" : join(homedir(), ".cache");
  return join(isAbsolute(configured) ? configured : caches, "cornice/nix");
}

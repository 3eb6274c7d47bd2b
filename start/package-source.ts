import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../origin/system/settings.ts";
import { checkLocalFiles } from "../origin/sources/local-files.ts";
import { describeSource, type PackageSource } from "../origin/sources/package-source.ts";
import { writeStarterSet } from "../origin/starter/starter-set.ts";
import type { Architecture } from "../protocol/image-name.ts";
import { STARTER_SOURCE } from "../protocol/source-offer.ts";
import { StarterSetError } from "../origin/starter/starter-error.ts";
import { ensureNix } from "./ensure-nix.ts";
import { refreshPackageLists, type Requirement } from "./machine/debian-packages.ts";
import { ensureIsolation } from "./machine/isolation-means.ts";
import { StartError } from "./machine/start-error.ts";

/** A package source: the origin's settings for it, and a description for the banner. */
export interface SourceSettings {
  /** The Worker's PACKAGE_SOURCE. The origin has the same one. */
  readonly name: string;
  readonly description: string;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the starter set, if the starter set is the source. */
  readonly starterSet?: string;
}

/** Seconds. This machine builds everything, so one image can take minutes. */
const STARTER_NIX_TIMEOUT = "900";
/** Most builders wait for downloads. So more builders than processors keep the processors busy. */
const STARTER_MAX_JOBS = "8";

const GIT: Requirement = { program: "git", debianPackage: "git" };
const PATCHELF: Requirement = { program: "patchelf", debianPackage: "patchelf" };

interface PrepareOptions {
  /** Undefined means the starter set. */
  readonly source: PackageSource | undefined;
  /** The folder that holds the starter set's folder. */
  readonly directory: string;
  /** The architectures that the starter set must have beside this machine's own. */
  readonly architectures?: readonly Architecture[];
  readonly env: Environment;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** False if nothing may be installed. What is missing is then refused. */
  readonly installs?: boolean | undefined;
}

/** Installs the programs that the source needs, and writes the starter set. Throws `StartError` and `ConfigError`. */
export async function prepareSource(options: PrepareOptions): Promise<SourceSettings> {
  const { source, env, log, signal, installs = true } = options;
  if (source) await checkLocalFiles(source);
  const install = { path: env["PATH"] ?? "", isRoot: process.getuid?.() === 0, installs, log };
  const nix = await ensureNix({ source, programs: [source ? GIT : PATCHELF], env, install, signal });
  await ensureIsolation(install);
  if (source) return configuredSource(source, nix);
  await refreshPackageLists(install);
  return starterSource(options);
}

async function starterSource({ directory, architectures = [], signal, log }: PrepareOptions): Promise<SourceSettings> {
  const place = join(directory, "starter");
  const set = await writeStarterSet({ directory: place, architectures, signal, log }).catch(asStartError);
  return {
    name: STARTER_SOURCE,
    description: "the starter set, built from Debian's packages (CORNICE_CHANNEL=nixos-25.11 gives all of nixpkgs)",
    starterSet: set.path,
    env: {
      CORNICE_PKGS_PATH: set.path,
      CORNICE_SOURCE_NAME: STARTER_SOURCE,
      CORNICE_SOURCE_REVISION: set.revision,
      // The builders use this machine's apt, dpkg and patchelf.
      CORNICE_NIX_SANDBOX: "false",
      CORNICE_NIX_SUBSTITUTERS: "",
      CORNICE_NIX_MAX_JOBS: STARTER_MAX_JOBS,
      NIX_TIMEOUT: STARTER_NIX_TIMEOUT,
    },
  };
}

/** The source that the settings name. The origin reads the same settings itself. */
export async function configuredSource(
  source: PackageSource,
  nix: Readonly<Record<string, string>> = {},
): Promise<SourceSettings> {
  const name = describeSource(source);
  const isolated = await canSandbox();
  return {
    name,
    description: isolated ? name : `${name}; Nix builds without its sandbox, because this kernel denies it`,
    env: isolated ? nix : { ...nix, CORNICE_NIX_SANDBOX: "false" },
  };
}

/** Nix's sandbox needs new namespaces. Many containers allow none. */
async function canSandbox(): Promise<boolean> {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const namespaces = [...user, "--mount", "--pid", "--net", "--ipc", "--uts", "--fork"];
  return promisify(execFile)("unshare", [...namespaces, "true"]).then(
    () => true,
    () => false,
  );
}

function asStartError(error: unknown): never {
  if (error instanceof StarterSetError) throw new StartError(error.message, { cause: error });
  throw error;
}

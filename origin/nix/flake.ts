import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import { ownGitEnvironment } from "../isolation/environments.ts";
import type { Command } from "../system/command.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { type Isolation, NIX_COMMAND } from "../isolation/isolation.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import type { EvaluationSettings } from "./settings.ts";
import { addToStore } from "./add-to-store.ts";
import { expressionFile } from "./expressions.ts";
import { rootOptions } from "./rooted-answer.ts";
import { CONNECT_TIMEOUT, runNix } from "./run-nix.ts";
import { isStorePath } from "../../image/closure/store-path.ts";

interface FlakeOptions {
  readonly source: ResolvedSource;
  readonly nix: Pick<EvaluationSettings, "accessTokens">;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** A folder for links. While they exist, Nix's garbage collector keeps the flake and its inputs. */
  readonly links: string;
  readonly onLog: (line: string) => void;
}

/** A flake that is ready for evaluation: all inputs that its lock file pins are in the Nix store. */
export interface PreparedFlake {
  /** Its folder in the Nix store. */
  readonly path: string;
  /** The hash of the folder, as `sha256-…`. */
  readonly narHash: string;
  /** The addresses of its inputs, as prefixes for `allowed-uris`. */
  readonly uris: readonly string[];
}

/** Throws `MANIFEST_UNKNOWN` if the source has no flake, and `CommandError` if Nix cannot fetch an input. */
export async function prepareFlake(options: FlakeOptions): Promise<PreparedFlake> {
  const { stored, hasLock } = await storeFlake(options);
  const lock = hasLock ? await readLock(options, join(stored, LOCK_FILE)) : undefined;
  if (lock) await fetchInputs(options, lock);
  return { path: stored, narHash: await narHash(options, stored), uris: lock?.uris ?? [] };
}

interface StoredFlake {
  /** Its store path. */
  readonly stored: string;
  readonly hasLock: boolean;
}

const LOCK_FILE = "flake.lock";

/** A flake in a folder of its source becomes a store path of its own. */
async function storeFlake({ source, isolation, signal, links }: FlakeOptions): Promise<StoredFlake> {
  const { location, directory } = source;
  const folder = directory === undefined ? location : join(location, directory);
  // The path must have no link and no `..`, because both could lead out of the source.
  const inside = [await realpath(location), ...(directory === undefined ? [] : [directory])].join("/");
  const isInside = (await realpath(folder).catch(() => undefined)) === inside;
  if (!isInside || !(await isFile(join(folder, "flake.nix")))) {
    const name = directory === undefined ? "flake.nix" : `${directory}/flake.nix`;
    throw new OciError("MANIFEST_UNKNOWN", `the package source has no ${name}`);
  }
  const hasLock = await isFile(join(folder, LOCK_FILE));
  if (isStorePath(folder)) return { stored: folder, hasLock };
  return { stored: await addToStore(folder, { isolation, signal, gcRoot: join(links, "flake") }), hasLock };
}

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false;
}

interface Lock {
  /** The path of the lock file. */
  readonly file: string;
  readonly uris: readonly string[];
  /** Whether it has inputs that Nix fetches over SSH. */
  readonly hasSsh: boolean;
  /** Whether it has inputs that Nix fetches in another way. */
  readonly hasOthers: boolean;
}

/** Returns undefined if the flake has no inputs from other machines. */
async function readLock({ isolation, signal }: FlakeOptions, lock: string): Promise<Lock | undefined> {
  const file = expressionFile("locked-inputs.nix");
  const args = ["--eval", "--strict", "--json", file, "--argstr", "lock", lock];
  const command = await isolation.confined("nix-instantiate", args, { readable: [file], network: false });
  const { inputs, uris } = parseJsonObject((await runNix(command, signal)).join("\n")) ?? {};
  if (!Array.isArray(inputs) || !Array.isArray(uris) || inputs.length === 0) return undefined;
  const count = inputs.filter(isOverSsh).length;
  return { file: lock, uris: uris.map(String), hasSsh: count > 0, hasOthers: count < inputs.length };
}

function isOverSsh(input: unknown): boolean {
  const tree = isJsonObject(input) ? input["tree"] : undefined;
  return isJsonObject(tree) && typeof tree["url"] === "string" && tree["url"].startsWith("ssh:");
}

/** Fetches the inputs with one of Cornice's expressions, before Nix evaluates any code of the flake. */
async function fetchInputs({ nix, isolation, signal, links, onLog }: FlakeOptions, lock: Lock): Promise<void> {
  const files = ["fetch-inputs.nix", "locked-inputs.nix", "rooted.nix"].map(expressionFile);
  const [file = ""] = files;
  const options = [...CONNECT_TIMEOUT, "--option", "experimental-features", "flakes"];
  const call = (overSsh: boolean) => {
    const texts = ["--argstr", "lock", lock.file, "--argstr", "overSsh", String(overSsh)];
    return [...rootOptions(join(links, overSsh ? "ssh-inputs" : "inputs")), ...options, file, ...texts];
  };
  if (lock.hasOthers) {
    await isolation.withScratch(async (scratch) => {
      const sight = { readable: files, network: true, git: true, scratch, links };
      const command = await isolation.confined("nix-instantiate", call(false), sight);
      await runNix(withTokens(command, nix.accessTokens), signal, onLog);
    });
  }
  // SSH needs this machine's keys. A jail does not show them, so this call runs without a jail.
  if (lock.hasSsh) await runNix(withGit(await isolation.own("nix-instantiate", call(true))), signal, onLog);
}

/** The tokens are in the environment, because other users can read command lines. */
function withTokens(command: Command, tokens: string | undefined): Command {
  if (tokens === undefined) return command;
  return { ...command, env: { ...command.env, NIX_CONFIG: `access-tokens = ${tokens}` } };
}

function withGit(command: Command): Command {
  return { ...command, env: ownGitEnvironment(command.env) };
}

/** The SRI hash of a store path. */
async function narHash({ isolation, signal }: FlakeOptions, stored: string): Promise<string> {
  const [hash = ""] = await runNix(await isolation.own("nix-store", ["--query", "--hash", stored]), signal);
  const convert = [...NIX_COMMAND, "hash", "to-sri", "--type", "sha256"];
  const command = await isolation.own("nix", [...convert, hash.replace(/^sha256:/, "")]);
  const [sri = ""] = await runNix(command, signal);
  return sri;
}

import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import { ownGitEnvironment } from "../isolation/environments.ts";
import type { Command } from "../isolation/command.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { ResolvedSource } from "../sources/revision.ts";
import { expressionFile } from "./expressions.ts";
import { runNix } from "./run-nix.ts";
import { isStorePath } from "./store-path.ts";

interface FlakeOptions {
  readonly source: ResolvedSource;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly onLog: (line: string) => void;
}

/** A flake that is ready to be evaluated: what its lock file pins is in the Nix store. */
export interface PreparedFlake {
  /** A locked reference, `path:/nix/store/…?narHash=…`. */
  readonly reference: string;
  /** What its inputs may be called, as prefixes for `allowed-uris`. */
  readonly uris: readonly string[];
}

/** Throws `MANIFEST_UNKNOWN` where the source has no flake, or an input cannot be fetched. */
export async function prepareFlake(options: FlakeOptions): Promise<PreparedFlake> {
  const stored = await storeFlake(options);
  const { inputs, uris } = await readLock(options, stored);
  if (inputs.length > 0) await fetchInputs(options, inputs);
  return { reference: `path:${stored}?narHash=${await narHash(options, stored)}`, uris };
}

/** Nix 2.8 takes no folder of a stored path for a flake: it becomes a stored path of its own. */
async function storeFlake({ source, isolation, signal }: FlakeOptions): Promise<string> {
  const { location, directory } = source;
  const folder = directory === undefined ? location : join(location, directory);
  // No link on the way, and no `..`: either could lead out of the source.
  const inside = [await realpath(location), ...(directory === undefined ? [] : [directory])].join("/");
  const isInside = (await realpath(folder).catch(() => undefined)) === inside;
  if (!isInside || !(await isFile(join(folder, "flake.nix")))) {
    const name = directory === undefined ? "flake.nix" : `${directory}/flake.nix`;
    throw new OciError("MANIFEST_UNKNOWN", `the package source has no ${name}`);
  }
  if (isStorePath(folder)) return folder;
  const [stored = ""] = await runNix(await isolation.own("nix-store", ["--add", folder]), signal);
  return stored;
}

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false;
}

interface Lock {
  readonly inputs: readonly unknown[];
  readonly uris: readonly string[];
}

async function readLock({ isolation, signal }: FlakeOptions, stored: string): Promise<Lock> {
  const lock = join(stored, "flake.lock");
  if (!(await isFile(lock))) return { inputs: [], uris: [] };
  const file = expressionFile("locked-inputs.nix");
  const args = ["--eval", "--strict", "--json", file, "--argstr", "lock", lock];
  const sight = { readable: [file], network: false };
  const text = await runNix(await isolation.confined("nix-instantiate", args, sight), signal);
  const { inputs, uris } = parseJsonObject(text.join("\n")) ?? {};
  return { inputs: Array.isArray(inputs) ? inputs : [], uris: Array.isArray(uris) ? uris.map(String) : [] };
}

/** By an expression of ours, before anything of the flake is evaluated. */
async function fetchInputs({ isolation, signal, onLog }: FlakeOptions, inputs: readonly unknown[]): Promise<void> {
  const file = expressionFile("fetch-inputs.nix");
  const features = ["--option", "experimental-features", "flakes"];
  const args = ["--eval", "--strict", "--json", "--read-write-mode", ...features, file, "--argstr", "inputs"];
  const call = [...args, JSON.stringify(inputs)];
  // Private ones need this machine's keys.
  if (inputs.some(isOverSsh)) {
    await runNix(withGit(await isolation.own("nix-instantiate", call)), signal, onLog);
    return;
  }
  await isolation.withScratch(async (scratch) => {
    const sight = { readable: [file], network: true, git: true, scratch };
    await runNix(await isolation.confined("nix-instantiate", call, sight), signal, onLog);
  });
}

function isOverSsh(input: unknown): boolean {
  return isJsonObject(input) && typeof input["url"] === "string" && input["url"].startsWith("ssh:");
}

function withGit(command: Command): Command {
  return { ...command, env: ownGitEnvironment(command.env) };
}

/** As an SRI hash, in which `+` would be a space of the URL. */
async function narHash({ isolation, signal }: FlakeOptions, stored: string): Promise<string> {
  const [hash = ""] = await runNix(await isolation.own("nix-store", ["--query", "--hash", stored]), signal);
  const convert = ["--extra-experimental-features", "nix-command", "hash", "to-sri", "--type", "sha256"];
  const command = await isolation.own("nix", [...convert, hash.replace(/^sha256:/, "")]);
  const [sri = ""] = await runNix(command, signal);
  return sri.replaceAll("+", "%2B");
}

import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { EvaluationSettings } from "./settings.ts";
import type { Command } from "../system/command.ts";
import type { Isolation, Owner, Sight } from "../isolation/isolation.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import { type Expression, expressionFile, filesOf, overFlake } from "./expressions.ts";
import { prepareFlake } from "./flake.ts";
import { CONNECT_TIMEOUT } from "./run-nix.ts";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";

/** An expression of ours, to be evaluated over a package source. */
export interface EvaluationRequest {
  readonly source: ResolvedSource;
  /** Nix's name for the platform. */
  readonly system: string;
  readonly nix: EvaluationSettings;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly expression: Expression;
  /** By the names of its variables. */
  readonly texts: Readonly<Record<string, string>>;
  /** Options of `nix-instantiate`. */
  readonly flags: readonly string[];
  readonly sight?: Pick<Sight, "memoryMib" | "isPatient">;
  /** Gets Nix's log while the source is made ready. */
  readonly onLog: (line: string) => void;
}

/**
 * The command that evaluates. Names and addresses reach Nix as texts, and are never part of an expression. It reads the
 * source and nothing else of this machine, unless the source is a path that the operator trusts.
 */
export async function evaluationCommand(evaluation: EvaluationRequest): Promise<Command> {
  const { source, isolation } = evaluation;
  if (source.kind === "flake") return flakeCommand(evaluation);
  if (source.restricted !== false) return restrictedCommand(evaluation);
  // Code that the operator alone chose may read what this process may.
  return isolation.own("nix-instantiate", [...fileArguments(evaluation), ...NO_FEATURES], evaluation.sight ?? {});
}

/** `uris`: what may be fetched beside what the operator allows. */
function commonArguments({ nix, system, flags, texts }: EvaluationRequest, uris: readonly string[]): string[] {
  const variables = Object.entries({ ...texts, system }).flatMap(([name, value]) => ["--argstr", name, value]);
  return [
    "--eval",
    "--read-write-mode",
    ...flags,
    ...CONNECT_TIMEOUT,
    ...option("allow-import-from-derivation", String(nix.allowIfd ?? false)),
    ...option("allowed-uris", [nix.allowedUris ?? "", ...uris].join(" ").trim()),
    ...variables,
  ];
}

function option(name: string, value: string): string[] {
  return ["--option", name, value];
}

/** What the machine's own configuration may switch on is off. */
const NO_FEATURES = option("experimental-features", "");

function fileArguments(evaluation: EvaluationRequest): string[] {
  const { source, nix, expression } = evaluation;
  const location = ["--argstr", "location", source.location];
  const config = ["--argstr", "config", nix.nixpkgsConfig ?? "{}"];
  return [...commonArguments(evaluation, []), ...location, ...config, expressionFile(expression.file)];
}

async function restrictedCommand(evaluation: EvaluationRequest): Promise<Command> {
  const { source, expression, isolation } = evaluation;
  const sources = await spellings(source.location);
  const files = filesOf(expression);
  const allowed = [...sources, ...files].flatMap((path, index) => ["-I", `allowed-${index}=${path}`]);
  const args = [...fileArguments(evaluation), ...option("restrict-eval", "true"), ...NO_FEATURES, ...allowed];
  const readable = [...sources, ...files].filter((path) => !path.startsWith(`${STORE_DIRECTORY}/`));
  const owner = await ownerOfPrivate([...sources, source.location]);
  return isolation.confined("nix-instantiate", args, { ...sightOf(evaluation), readable, owner });
}

/** The folder of a source as it is called, and as it is after all links; a file may read what is beside it. */
async function spellings(location: string): Promise<string[]> {
  const isFile = (await stat(location).catch(() => undefined))?.isFile() ?? false;
  const folder = isFile ? dirname(location) : location;
  return [...new Set([folder, await realpath(folder).catch(() => folder)])];
}

/** Others may read a file, and read and enter a folder. */
const OPEN_FILE = 0o004;
const OPEN_FOLDER = 0o005;

/** Whose paths these are, where one of them is closed to other users. */
async function ownerOfPrivate(paths: readonly string[]): Promise<Owner | undefined> {
  const states = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  const closed = states.find((state) => {
    const open = state?.isDirectory() ? OPEN_FOLDER : OPEN_FILE;
    return state && (state.mode & open) !== open;
  });
  return closed && { uid: closed.uid, gid: closed.gid };
}

/** Pure evaluation reads nothing but the flake and what its lock file pins, which is in the store by then. */
async function flakeCommand(evaluation: EvaluationRequest): Promise<Command> {
  const flake = await prepareFlake(evaluation);
  const args = [
    ...commonArguments(evaluation, flake.uris),
    ...option("pure-eval", "true"),
    ...option("restrict-eval", "true"),
    ...option("experimental-features", "flakes"),
    ...option("flake-registry", ""),
    "--argstr",
    "location",
    flake.reference,
    "--expr",
    await overFlake(evaluation.expression),
  ];
  return evaluation.isolation.confined("nix-instantiate", args, { ...sightOf(evaluation), readable: [] });
}

/** Where nothing may be fetched there is no network, and no program that would fetch it. */
function sightOf({ nix, sight }: EvaluationRequest): Omit<Sight, "readable"> {
  const network = nix.allowedUris !== undefined;
  return { ...sight, network, git: network };
}

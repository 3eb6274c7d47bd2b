import { realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EvaluationSettings } from "./settings.ts";
import type { Command } from "../system/command.ts";
import type { Isolation, NixProgram, Owner, Sight } from "../isolation/isolation.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import { type Expression, expressionFile, filesOf, overFlake } from "./expressions.ts";
import { prepareFlake } from "./flake.ts";
import { checkNixVersion } from "./needed-nix.ts";
import { CONNECT_TIMEOUT } from "./run-nix.ts";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";

/** Asks Nix to evaluate one of Cornice's expressions over a package source. */
export interface EvaluationRequest {
  readonly source: ResolvedSource;
  /** Nix's name for the platform. */
  readonly system: string;
  readonly nix: EvaluationSettings;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly expression: Expression;
  /** The values of the expression's variables, by name. */
  readonly texts: Readonly<Record<string, string>>;
  /** A folder for links. While a link exists, Nix's garbage collector keeps what the evaluation wrote or fetched. */
  readonly links: string;
  /** The link to everything that the answer names, if the expression uses `nix/rooted.nix`. */
  readonly root?: string;
  readonly sight?: Pick<Sight, "memoryMib" | "isLowPriority">;
  /** Gets Nix's log while Nix fetches the inputs of a flake. */
  readonly onLog: (line: string) => void;
}

/**
 * Returns the command that evaluates. It passes names and addresses to Nix as string arguments, never inside an
 * expression. Nix can read only the source and our expressions, unless the operator trusts the source. Throws
 * `NixTooOld` if the source says that it needs a newer Nix.
 */
export async function evaluationCommand(evaluation: EvaluationRequest): Promise<Command> {
  const { source, isolation } = evaluation;
  await checkNixVersion(source, isolation);
  if (source.kind === "flake") return flakeCommand(evaluation);
  if (source.restricted !== false) return restrictedCommand(evaluation);
  // Only the operator chose this code, so it may read everything that this process may read.
  return isolation.own("nix-instantiate", [...fileArguments(evaluation), ...NO_FEATURES], evaluation.sight ?? {});
}

/** Evaluates an expression that gives its answer through `nix/rooted.nix`. Returns the answer as JSON. */
export async function evaluateRooted(evaluation: Omit<EvaluationRequest, "root">): Promise<string> {
  const root = join(evaluation.links, "evaluation");
  const command = await evaluationCommand({ ...evaluation, root });
  return rootedAnswer(command, root, evaluation.signal, (line) => {
    if (line !== UNKNOWN_FEATURE) evaluation.onLog(line);
  });
}

/** `uris` are the prefixes that Nix may fetch, in addition to the operator's `allowedUris`. */
function commonArguments({ nix, system, root, texts }: EvaluationRequest, uris: readonly string[]): string[] {
  const variables = Object.entries({ ...texts, system }).flatMap(([name, value]) => text(name, value));
  return [
    ...(root === undefined ? ["--eval", "--read-write-mode"] : rootOptions(root)),
    ...CONNECT_TIMEOUT,
    ...option("allow-import-from-derivation", String(nix.allowIfd ?? false)),
    ...option("allowed-uris", [...allowedPrefixes(nix.allowedUris), ...uris].join(" ")),
    ...variables,
  ];
}

/** An argument of the expression. */
function text(name: string, value: string): string[] {
  return ["--argstr", name, value];
}

/** Newer versions of Nix check an address as a flake writes it, with the kind of the server. */
function allowedPrefixes(uris = ""): string[] {
  const words = uris.split(/\s+/).filter((word) => word !== "");
  const isUrl = /^(?:https?|ssh):\/\//;
  return words.flatMap((word) => [word, ...(isUrl.test(word) ? [`git+${word}`, `tarball+${word}`] : [])]);
}

function option(name: string, value: string): string[] {
  return ["--option", name, value];
}

/**
 * Newer versions of Nix check the address of `fetchTree`, so a package set may use it. Older versions have no feature of
 * this name: there, `fetchTree` comes with `flakes`, and reads any path.
 */
const FETCH_TREE = "fetch-tree";
const UNKNOWN_FEATURE = `warning: unknown experimental feature '${FETCH_TREE}'`;

/** Switches off experimental features that the machine's `nix.conf` may switch on. */
const NO_FEATURES = option("experimental-features", "");

function fileArguments(evaluation: EvaluationRequest): string[] {
  const { source, nix, expression } = evaluation;
  const location = text("location", source.location);
  const nixpkgs = source.nixpkgs === undefined ? [] : text("nixpkgs", source.nixpkgs);
  // The set may also look it up as `<nixpkgs>`.
  const search = source.nixpkgs === undefined ? [] : ["-I", `nixpkgs=${source.nixpkgs}`];
  const config = text("config", nix.nixpkgsConfig ?? "{}");
  const texts = [...location, ...nixpkgs, ...config];
  return [...commonArguments(evaluation, []), ...search, ...texts, expressionFile(expression.file)];
}

/** Only the operator chose this code, so it may read everything that this process may read. */
async function trustedPlan(evaluation: EvaluationRequest): Promise<Plan> {
  const { isolation, sight = {} } = evaluation;
  return {
    ...overFile(evaluation),
    options: commonOptions(evaluation, FILE_FEATURES),
    run: (program, args) => isolation.own(program, args, sight),
  };
}

async function restrictedPlan(evaluation: EvaluationRequest): Promise<Plan> {
  const { source, expression, isolation } = evaluation;
  const sources = [source.location, source.nixpkgs].filter((location) => location !== undefined);
  const folders = (await Promise.all(sources.map(sourceFolders))).flat();
  const files = filesOf(expression);
  const allowed = [...folders, ...files].flatMap((path, index) => ["-I", `allowed-${index}=${path}`]);
  const features = option("experimental-features", evaluation.nix.allowedUris === undefined ? "" : FETCH_TREE);
  const args = [...fileArguments(evaluation), ...option("restrict-eval", "true"), ...features, ...allowed];
  const readable = [...folders, ...files].filter((path) => !path.startsWith(`${STORE_DIRECTORY}/`));
  const owner = await ownerOfPrivate([...folders, ...sources]);
  return isolation.confined("nix-instantiate", args, { ...sightOf(evaluation), readable, owner });
}

/**
 * The folder of a source, by its configured path and by its path after all links. If the source is a file, this is
 * the folder around it, because the file may import its neighbours.
 */
async function sourceFolders(location: string): Promise<string[]> {
  const isFile = (await stat(location).catch(() => undefined))?.isFile() ?? false;
  const folder = isFile ? dirname(location) : location;
  return [...new Set([folder, await realpath(folder).catch(() => folder)])];
}

/** The mode bits that let other users read a file, or read and enter a folder. */
const OPEN_FILE = 0o004;
const OPEN_FOLDER = 0o005;

/** Returns the owner of the first path that other users cannot read. */
async function ownerOfPrivate(paths: readonly string[]): Promise<Owner | undefined> {
  const states = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  const closed = states.find((state) => {
    const open = state?.isDirectory() ? OPEN_FOLDER : OPEN_FILE;
    return state && (state.mode & open) !== open;
  });
  return closed && { uid: closed.uid, gid: closed.gid };
}

/** The address in `nix/load-flake.nix`. A path with this address is in the store, so Nix never asks the address. */
const STORED_INPUTS = "https://input.invalid/";

/** Pure evaluation reads only the flake and its pinned inputs. `prepareFlake` puts both into the store first. */
async function flakePlan(evaluation: EvaluationRequest): Promise<Plan> {
  const { isolation, texts, system, expression } = evaluation;
  const flake = await prepareFlake(evaluation);
  const args = [
    ...commonArguments(evaluation, [STORED_INPUTS, ...flake.uris]),
    ...option("pure-eval", "true"),
    ...option("restrict-eval", "true"),
    ...option("experimental-features", "flakes"),
    ...option("flake-registry", ""),
    ...text("location", flake.path),
    ...text("narHash", flake.narHash),
    "--expr",
    await overFlake(evaluation.expression),
  ];
  return evaluation.isolation.confined("nix-instantiate", args, { ...sightOf(evaluation), readable: [] });
}

/** If Nix may not fetch anything, it gets no network and no git. */
function sightOf({ nix, sight, root, links }: EvaluationRequest): Omit<Sight, "readable"> {
  const network = nix.allowedUris !== undefined;
  return { ...sight, network, git: network, ...(root === undefined ? {} : { links }) };
}

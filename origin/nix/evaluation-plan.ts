import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "../system/command.ts";
import type { Isolation, NixProgram, Owner, Sight } from "../isolation/isolation.ts";
import { type Expression, expressionFile, filesOf, overFlake } from "./expressions.ts";
import { prepareFlake } from "./flake.ts";
import { checkNixVersion } from "./needed-nix.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import { CONNECT_TIMEOUT } from "./run-nix.ts";
import type { EvaluationSettings } from "./settings.ts";
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

/** What Nix evaluates, and with which permissions. */
export interface Plan {
  readonly options: readonly string[];
  /** Nix's experimental features that the expression needs. */
  readonly features: readonly string[];
  /** The values of the expression's variables, by name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly expression:
    | { readonly kind: "file"; readonly file: string }
    | { readonly kind: "text"; readonly text: string };
  readonly run: (program: NixProgram, args: readonly string[]) => Promise<Command>;
}

/** Throws `NixTooOld` if the source, or the nixpkgs that it gets, says that it needs a newer Nix. */
export async function planEvaluation(evaluation: EvaluationRequest): Promise<Plan> {
  const { source, isolation } = evaluation;
  await checkNixVersion(source, isolation);
  if (source.nixpkgs !== undefined) await checkNixVersion({ location: source.nixpkgs }, isolation);
  if (source.kind === "flake") return flakePlan(evaluation);
  return source.restricted === false ? trustedPlan(evaluation) : restrictedPlan(evaluation);
}

/** `uris` are the prefixes that Nix may fetch, in addition to the operator's `allowedUris`. */
function commonOptions({ nix }: EvaluationRequest, uris: readonly string[] = []): string[] {
  return [
    ...CONNECT_TIMEOUT,
    ...option("allow-import-from-derivation", String(nix.allowIfd ?? false)),
    ...option("allowed-uris", [...allowedPrefixes(nix.allowedUris), ...uris].join(" ")),
  ];
}

/** Newer versions of Nix check an address as a flake writes it, with the kind of the server. */
function allowedPrefixes(uris = ""): string[] {
  const words = uris.split(/\s+/).filter((word) => word !== "");
  const isUrl = /^(?:https?|ssh):\/\//;
  return words.flatMap((word) => [word, ...(isUrl.test(word) ? [`git+${word}`, `tarball+${word}`] : [])]);
}

export function option(name: string, value: string): string[] {
  return ["--option", name, value];
}

/**
 * Newer versions of Nix check the address of `fetchTree`, so a package set may use it. Older versions have no feature of
 * this name: there, `fetchTree` comes with `flakes`, and reads any path.
 */
const FETCH_TREE = "fetch-tree";
export const UNKNOWN_FEATURE = `warning: unknown experimental feature '${FETCH_TREE}'`;

function fileOptions(evaluation: EvaluationRequest): string[] {
  const { nixpkgs } = evaluation.source;
  // The set may also look it up as `<nixpkgs>`.
  return [...commonOptions(evaluation), ...(nixpkgs === undefined ? [] : ["-I", `nixpkgs=${nixpkgs}`])];
}

function overFile({ source, nix, system, texts, expression }: EvaluationRequest): Pick<Plan, "texts" | "expression"> {
  const { location, nixpkgs } = source;
  const config = nix.nixpkgsConfig ?? "{}";
  return {
    texts: { ...texts, system, location, ...(nixpkgs === undefined ? {} : { nixpkgs }), config },
    expression: { kind: "file", file: expressionFile(expression.file) },
  };
}

/** Only the operator chose this code, so it may read everything that this process may read. */
async function trustedPlan(evaluation: EvaluationRequest): Promise<Plan> {
  const { isolation, sight = {} } = evaluation;
  return {
    ...overFile(evaluation),
    options: fileOptions(evaluation),
    features: [],
    run: (program, args) => isolation.own(program, args, sight),
  };
}

async function restrictedPlan(evaluation: EvaluationRequest): Promise<Plan> {
  const { source, expression, isolation } = evaluation;
  const sources = [source.location, source.nixpkgs].filter((location) => location !== undefined);
  const folders = (await Promise.all(sources.map(sourceFolders))).flat();
  const files = filesOf(expression);
  const allowed = [...folders, ...files].flatMap((path, index) => ["-I", `allowed-${index}=${path}`]);
  const readable = [...folders, ...files].filter((path) => !path.startsWith(`${STORE_DIRECTORY}/`));
  const owner = await ownerOfPrivate([...folders, ...sources]);
  return {
    ...overFile(evaluation),
    options: [...fileOptions(evaluation), ...option("restrict-eval", "true"), ...allowed],
    features: evaluation.nix.allowedUris === undefined ? [] : [FETCH_TREE],
    run: (program, args) => isolation.confined(program, args, { ...sightOf(evaluation), readable, owner }),
  };
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
  const pure = [...option("pure-eval", "true"), ...option("restrict-eval", "true"), ...option("flake-registry", "")];
  return {
    options: [...commonOptions(evaluation, [STORED_INPUTS, ...flake.uris]), ...pure],
    features: ["flakes"],
    texts: { ...texts, system, location: flake.path, narHash: flake.narHash },
    expression: { kind: "text", text: await overFlake(expression) },
    run: (program, args) => isolation.confined(program, args, { ...sightOf(evaluation), readable: [] }),
  };
}

/** If Nix may not fetch anything, it gets no network and no git. */
function sightOf({ nix, sight, root, links }: EvaluationRequest): Omit<Sight, "readable"> {
  const network = nix.allowedUris !== undefined;
  return { ...sight, network, git: network, ...(root === undefined ? {} : { links }) };
}

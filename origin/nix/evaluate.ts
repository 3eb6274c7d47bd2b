import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { EvaluationSettings } from "./settings.ts";
import type { Command } from "../system/command.ts";
import type { Isolation, NixProgram, Owner, Sight } from "../isolation/isolation.ts";
import type { ResolvedSource } from "./resolved-source.ts";
import { type Expression, expressionFile, filesOf, overFlake } from "./expressions.ts";
import { prepareFlake } from "./flake.ts";
import { nixText } from "./nix-text.ts";
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
  /** Options of `nix-instantiate`. */
  readonly flags: readonly string[];
  readonly sight?: Pick<Sight, "memoryMib" | "isLowPriority">;
  /** Gets Nix's log while Nix fetches the inputs of a flake. */
  readonly onLog: (line: string) => void;
}

/**
 * Returns the command that evaluates. It passes names and addresses to Nix as string arguments, never inside an
 * expression. Nix can read only the source and our expressions, unless the operator trusts the source.
 */
export async function evaluationCommand(evaluation: EvaluationRequest): Promise<Command> {
  const { options, texts, expression, run } = await plan(evaluation);
  const variables = Object.entries(texts).flatMap(([name, value]) => ["--argstr", name, value]);
  const words = expression.kind === "file" ? [expression.file] : ["--expr", expression.text];
  return run("nix-instantiate", [
    "--eval",
    "--read-write-mode",
    ...evaluation.flags,
    ...options,
    ...variables,
    ...words,
  ]);
}

/** `nix repl` needs the first one. It gives expressions no further permission. */
const FILE_FEATURES = "nix-command";
const FLAKE_FEATURES = "nix-command flakes";

/** The name of the expression's value in a session. */
export const SESSION_VALUE = "cornice";

/** A command that reads Nix expressions from its standard input, line by line, and goes on after one that fails. */
export interface EvaluationSession extends Command {
  /** The first lines of its input. They give the expression's value the name `SESSION_VALUE`. */
  readonly opening: string;
}

/** Like `evaluationCommand`, but further expressions can use the value. Nix evaluates each part of it only once. */
export async function evaluationSession(evaluation: EvaluationRequest): Promise<EvaluationSession> {
  const { options, texts, expression, run } = await plan(evaluation);
  const bindings = Object.entries(texts).map(([name, value]) => `${name} = ${nixText(value)};`);
  const value = expression.kind === "file" ? `import ${nixText(expression.file)}` : `(${expression.text})`;
  const command = await run("nix", ["repl", ...options]);
  return { ...command, opening: `${SESSION_VALUE} = ${value} { ${bindings.join(" ")} }\n` };
}

/** What Nix evaluates, and with which permissions. */
interface Plan {
  readonly options: readonly string[];
  /** The values of the expression's variables, by name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly expression:
    | { readonly kind: "file"; readonly file: string }
    | { readonly kind: "text"; readonly text: string };
  readonly run: (program: NixProgram, args: readonly string[]) => Promise<Command>;
}

function plan(evaluation: EvaluationRequest): Promise<Plan> {
  if (evaluation.source.kind === "flake") return flakePlan(evaluation);
  return evaluation.source.restricted === false ? trustedPlan(evaluation) : restrictedPlan(evaluation);
}

/** `uris` are the prefixes that Nix may fetch, in addition to the operator's `allowedUris`. */
function commonOptions({ nix }: EvaluationRequest, features: string, uris: readonly string[] = []): string[] {
  return [
    ...CONNECT_TIMEOUT,
    ...option("allow-import-from-derivation", String(nix.allowIfd ?? false)),
    ...option("allowed-uris", [nix.allowedUris ?? "", ...uris].join(" ").trim()),
    // This also switches off features that the machine's `nix.conf` may switch on.
    ...option("experimental-features", features),
  ];
}

function option(name: string, value: string): string[] {
  return ["--option", name, value];
}

function overFile({ source, nix, system, texts, expression }: EvaluationRequest): Pick<Plan, "texts" | "expression"> {
  return {
    texts: { ...texts, system, location: source.location, config: nix.nixpkgsConfig ?? "{}" },
    expression: { kind: "file", file: expressionFile(expression.file) },
  };
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
  const sources = await sourceFolders(source.location);
  const files = filesOf(expression);
  const allowed = [...sources, ...files].flatMap((path, index) => ["-I", `allowed-${index}=${path}`]);
  const readable = [...sources, ...files].filter((path) => !path.startsWith(`${STORE_DIRECTORY}/`));
  const owner = await ownerOfPrivate([...sources, source.location]);
  return {
    ...overFile(evaluation),
    options: [...commonOptions(evaluation, FILE_FEATURES), ...option("restrict-eval", "true"), ...allowed],
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

/** Pure evaluation reads only the flake and its pinned inputs. `prepareFlake` puts both into the store first. */
async function flakePlan(evaluation: EvaluationRequest): Promise<Plan> {
  const { isolation, texts, system, expression } = evaluation;
  const flake = await prepareFlake(evaluation);
  const pure = [...option("pure-eval", "true"), ...option("restrict-eval", "true"), ...option("flake-registry", "")];
  return {
    options: [...commonOptions(evaluation, FLAKE_FEATURES, flake.uris), ...pure],
    texts: { ...texts, system, location: flake.reference },
    expression: { kind: "text", text: await overFlake(expression) },
    run: (program, args) => isolation.confined(program, args, { ...sightOf(evaluation), readable: [] }),
  };
}

/** If Nix may not fetch anything, it gets no network and no git. */
function sightOf({ nix, sight }: EvaluationRequest): Omit<Sight, "readable"> {
  const network = nix.allowedUris !== undefined;
  return { ...sight, network, git: network };
}

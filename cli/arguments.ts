import type { Architecture } from "../protocol/image-name.ts";
import { parsePlatforms } from "../protocol/platforms.ts";
import { DEFAULT_TAG, parseTag } from "../protocol/tag.ts";
import { asUsage, refuse, UsageError } from "./cli-error.ts";
import { type DoctorCall, parseDoctor } from "./doctor-arguments.ts";
import { type FsckCall, parseFsck } from "./fsck-arguments.ts";
import { type GcCall, parseGc } from "./gc-arguments.ts";
import { type Output, parseOutput, parseTextOutput, STDOUT, type TextOutput } from "./output-argument.ts";
import { onlyOne, parseCount, parseOptions } from "./parse-options.ts";
import { parseName, type RequestedName } from "./requested-name.ts";
import { parseServe, type ServeCall } from "./serve-arguments.ts";
import { type CommandName, COMMANDS } from "./usage.ts";
import { parseVerify, type VerifyCall } from "./verify-arguments.ts";

export type Call = Job | ServeCall | HelpCall | { readonly command: "version" };

interface HelpCall {
  readonly command: "help";
  /** Undefined means all commands. */
  readonly about: CommandName | undefined;
}

export type Job =
  | BuildCall
  | InspectCall
  | IndexCall
  | PopularityCall
  | WarmCall
  | VerifyCall
  | DoctorCall
  | GcCall
  | FsckCall;

export interface BuildCall extends CommonOptions {
  readonly command: "build";
  readonly name: RequestedName;
  readonly output: Output;
}

export interface InspectCall extends CommonOptions {
  readonly command: "inspect";
  /** An image's name, an archive or a layout. */
  readonly subject: string;
}

export interface IndexCall extends Omit<CommonOptions, "tag"> {
  readonly command: "index";
  /** If undefined, the index goes into the bucket that the settings name. */
  readonly output: TextOutput | undefined;
  /** Whether the command goes on, and makes a new index each time that the source has moved. */
  readonly watch: boolean;
}

export interface PopularityCall extends Omit<CommonOptions, "tag"> {
  readonly command: "popularity";
  /** The package set, as `popularitySource` reads it. If undefined, the configured one. */
  readonly source: string | undefined;
  /** If undefined, all packages of the set. */
  readonly packages: PackageChoice | undefined;
  readonly output: TextOutput;
}

export interface WarmCall extends CommonOptions {
  readonly command: "warm";
  readonly images: WarmChoice;
  /** How many images are built at a time. If undefined, as many as the settings allow. */
  readonly jobs: number | undefined;
  /** What a name without an architecture stands for. If undefined, for this machine's architecture. */
  readonly platforms: readonly Architecture[] | undefined;
}

/** Which images are built ahead. */
export type WarmChoice =
  /** The lines of a file, or of standard input if the path is -. `each`: each package is an image of its own. */
  | { readonly kind: "file"; readonly path: string; readonly each: boolean }
  /** The most popular packages, each as an image of its own. */
  | { readonly kind: "popular"; readonly count: number };

interface CommonOptions {
  readonly tag: string;
  readonly json: boolean;
  /** Whether later calls can use the packed layers again. */
  readonly cache: boolean;
}

/** Names of packages, or the file that holds them. */
export type PackageChoice =
  | { readonly kind: "names"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

const COMMON = { json: { type: "boolean", default: false }, "no-cache": { type: "boolean", default: false } } as const;
const INSPECT = { ...COMMON, tag: { type: "string", default: DEFAULT_TAG } } as const;
const OUTPUT = { output: { type: "string", short: "o" } } as const;
const INDEX = { ...COMMON, ...OUTPUT, watch: { type: "boolean", default: false } } as const;
const POPULARITY = { ...COMMON, ...OUTPUT, packages: { type: "string" } } as const;
const BUILD = { ...INSPECT, ...OUTPUT, format: { type: "string" } } as const;

const WARM = {
  ...INSPECT,
  popular: { type: "string" },
  each: { type: "boolean", default: false },
  jobs: { type: "string" },
  platforms: { type: "string" },
} as const;

/** More packages than nixpkgs has. */
const MAX_POPULAR = 1_000_000;
/** The highest value of `CORNICE_MAX_BUILDS`. */
const MAX_JOBS = 256;

/** The first word that is the name of a command. */
export function commandAmong(args: readonly string[]): CommandName | undefined {
  return args.map((arg) => COMMANDS.find((name) => name === arg)).find(Boolean);
}

/** Throws `UsageError`. */
export function parseArguments(args: readonly string[]): Call {
  if (args.some((arg) => arg === "--help" || arg === "-h")) return { command: "help", about: commandAmong(args) };
  const [command, ...rest] = args;
  switch (command) {
    case "--version":
      return { command: "version" };
    case "build":
      return parseBuild(rest);
    case "inspect":
      return parseInspect(rest);
    case "index":
      return parseIndex(rest);
    case "popularity":
      return parsePopularity(rest);
    case "warm":
      return parseWarm(rest);
    case "verify":
      return parseVerify(rest);
    case "doctor":
      return parseDoctor(rest);
    case "serve":
      return parseServe(rest);
    case "fsck":
      return parseFsck(rest);
    case "gc":
      return parseGc(rest);
    case undefined:
      throw new UsageError(`say what to do: ${COMMANDS.slice(0, -1).join(", ")} or ${COMMANDS.at(-1)}`);
    default:
      throw new UsageError(
        `unknown command ${JSON.stringify(command)}; the commands are ${COMMANDS.slice(0, -1).join(", ")} and ${COMMANDS.at(-1)}`,
      );
  }
}

function parseBuild(args: readonly string[]): BuildCall {
  const { values, positionals } = parseOptions(args, BUILD);
  const text = onlyOne(positionals, "name one image, such as shell/git/htop");
  const { output, format, tag, json } = values;
  if (output === undefined) throw new UsageError("say where to write: -o FILE, -o FOLDER/ or -o -");
  return {
    command: "build",
    name: parseName(text),
    output: parseOutput(output, format),
    tag: asUsage(() => parseTag(tag)),
    json: json && output === STDOUT ? refuse("--json and -o - cannot share standard output") : json,
    cache: !values["no-cache"],
  };
}

function parseInspect(args: readonly string[]): InspectCall {
  const { values, positionals } = parseOptions(args, INSPECT);
  const subject = onlyOne(positionals, "name one image, archive or layout");
  const tag = asUsage(() => parseTag(values.tag));
  return { command: "inspect", subject, tag, json: values.json, cache: !values["no-cache"] };
}

function parseIndex(args: readonly string[]): IndexCall {
  const { values, positionals } = parseOptions(args, INDEX);
  const [surplus] = positionals;
  if (surplus !== undefined) refuse(`index lists all packages; ${JSON.stringify(surplus)} is one too many`);
  const { output, json, watch } = values;
  if (watch && output !== undefined) refuse("--watch is for the bucket, without -o");
  return {
    command: "index",
    output: output === undefined ? undefined : parseTextOutput(output, json, "an index"),
    watch,
    json,
    cache: !values["no-cache"],
  };
}

function parsePopularity(args: readonly string[]): PopularityCall {
  const { values, positionals } = parseOptions(args, POPULARITY);
  const [source, surplus] = positionals;
  if (surplus !== undefined) refuse(`name one package set; ${JSON.stringify(surplus)} is one too many`);
  const { output = STDOUT, packages, json } = values;
  return {
    command: "popularity",
    source,
    packages: packages === undefined ? undefined : parseChoice(packages),
    output: parseTextOutput(output, json, "popularity"),
    json,
    cache: !values["no-cache"],
  };
}

function parseWarm(args: readonly string[]): WarmCall {
  const { values, positionals } = parseOptions(args, WARM);
  const { tag, json, jobs, platforms } = values;
  return {
    command: "warm",
    images: parseWarmChoice(positionals, values),
    jobs: jobs === undefined ? undefined : parseCount("--jobs", jobs, { min: 1, max: MAX_JOBS }),
    platforms: platforms === undefined ? undefined : parsePlatformsOption(platforms),
    tag: asUsage(() => parseTag(tag)),
    json,
    cache: !values["no-cache"],
  };
}

function parseWarmChoice(
  positionals: readonly string[],
  { popular, each }: { readonly popular?: string | undefined; readonly each: boolean },
): WarmChoice {
  if (popular === undefined)
    return { kind: "file", path: onlyOne(positionals, "name one file of images, or - for standard input"), each };
  const [surplus] = positionals;
  if (surplus !== undefined) refuse(`--popular chooses the images; ${JSON.stringify(surplus)} is one too many`);
  if (each) refuse("--each is for a file: with --popular, each package is an image of its own anyway");
  return { kind: "popular", count: parseCount("--popular", popular, { min: 1, max: MAX_POPULAR }) };
}

function parsePlatformsOption(text: string): readonly Architecture[] {
  const problems: string[] = [];
  const platforms = parsePlatforms("--platforms", text, problems);
  const [problem] = problems;
  return problem === undefined ? platforms : refuse(problem);
}

/** A package name never has a slash, so a text with a slash is a file. */
function parseChoice(text: string): PackageChoice {
  return text.includes("/") ? { kind: "file", path: text } : { kind: "names", text };
}

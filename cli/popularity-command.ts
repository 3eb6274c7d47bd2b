import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { StarterSetError } from "../origin/starter/starter-error.ts";
import { writeStarterSet } from "../origin/starter/starter-set.ts";
import { packageShares } from "./package-shares.ts";
import { starterClosures } from "./starter-closures.ts";

const USAGE = `Usage: npm run popularity -- SOURCE [-o FILE]

Computes how popular packages are in a package set, for CORNICE_POPULARITY_URL: for each package, the share of
the set's attributes whose closure contains it. Prints JSON. Nothing is built.

  SOURCE     starter: the starter set, from this machine's apt lists
             a folder or file: a starter set that was written before (its index.json)
  -o FILE    write to a file; without it, "npm run --silent popularity -- SOURCE" prints nothing but JSON
  --help     this text
`;

/** In words for the person who called. */
class PopularityError extends Error {
  override readonly name = "PopularityError";
}

interface Call {
  readonly source: string;
  readonly output: string | undefined;
}

/** Undefined when help is wanted. */
function parseCall(args: readonly string[]): Call | undefined {
  const options = { output: { type: "string", short: "o" }, help: { type: "boolean", short: "h" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return undefined;
    const [source, ...others] = positionals;
    if (source === undefined || others.length > 0) throw new PopularityError("name one package set; see --help");
    return { source, output: values.output };
  } catch (cause) {
    if (cause instanceof PopularityError || !(cause instanceof TypeError)) throw cause;
    throw new PopularityError(`${cause.message.split(". ", 1)[0]}; see --help`, { cause });
  }
}

async function readIndex(source: string): Promise<string> {
  if (source !== "starter") return readIndexFile(source);
  const directory = await mkdtemp(join(tmpdir(), "cornice-popularity-"));
  try {
    const { path } = await writeStarterSet({ directory, signal: new AbortController().signal });
    return await readIndexFile(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readIndexFile(path: string): Promise<string> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, "index.json") : path;
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PopularityError(`${path} is neither "starter" nor a starter set: ${reason}`, { cause });
  }
}

async function main(args: readonly string[]): Promise<void> {
  const call = parseCall(args);
  if (!call) return void process.stdout.write(USAGE);
  const closures = starterClosures(await readIndex(call.source));
  if (!closures) throw new PopularityError(`${call.source} is not a starter set's index`);
  const json = `${JSON.stringify({ packages: packageShares(closures) }, undefined, 2)}\n`;
  if (call.output === undefined) process.stdout.write(json);
  else await writeOutput(call.output, json);
}

async function writeOutput(file: string, json: string): Promise<void> {
  await writeFile(file, json).catch((cause: unknown) => {
    throw new PopularityError(`cannot write: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PopularityError) && !(error instanceof StarterSetError)) throw error;
  console.error(`popularity: ${error.message}`);
  process.exitCode = 1;
}

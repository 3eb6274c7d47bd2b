import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { pathExists } from "../origin/system/path-exists.ts";
import { ConfigError } from "../origin/system/settings.ts";
import { type JsonObject, parseJsonObject } from "../protocol/json-object.ts";
import { deploymentProblems } from "./deployment-problems.ts";
import { mergeConfig } from "./merged-config.ts";
import { ownFile } from "./own-settings.ts";

const REPOSITORY = join(import.meta.dirname, "..");
const WRANGLER = join(REPOSITORY, "node_modules/.bin/wrangler");
const MERGED_FILE = join(REPOSITORY, "wrangler.merged.json");

async function main(args: readonly string[]): Promise<void> {
  const own = ownFile(process.env, REPOSITORY);
  const config = mergeConfig(readConfig(join(REPOSITORY, "wrangler.toml")), await readOwn(own));
  const problems = args[0] === "deploy" ? deploymentProblems(config, relative(process.cwd(), own)) : [];
  if (problems.length > 0) throw new ConfigError(problems);
  await writeFile(MERGED_FILE, `${JSON.stringify(config, undefined, 2)}\n`);
  process.exitCode = await runWrangler(["--config", MERGED_FILE, ...args]);
}

/** A missing file changes nothing. */
async function readOwn(file: string): Promise<JsonObject> {
  return (await pathExists(file)) ? readConfig(file) : {};
}

function readConfig(config: string): JsonObject {
  return parseJsonObject(JSON.stringify(readRawConfig({ config }).rawConfig)) ?? {};
}

async function runWrangler(args: readonly string[]): Promise<number> {
  const child = spawn(WRANGLER, args, { stdio: "inherit" });
  await once(child, "close");
  return child.exitCode ?? 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) console.error(`cornice: ${problem}`);
  process.exitCode = 1;
}

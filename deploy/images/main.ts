import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigError } from "../../origin/system/settings.ts";
import { prepareSource } from "../../start/package-source.ts";
import { StartError } from "../../start/machine/start-error.ts";
import { gatherSet } from "./gather.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const IMAGES = ["origin", "origin-without-nix"] as const;

/** Gathers the package set, and builds its images with `bin/cornice build`. Each archive has the name of its image. */
async function main([folder = join(REPOSITORY, "dist/images")]: readonly string[]): Promise<void> {
  const output = resolve(folder);
  const set = join(output, "set");
  await mkdir(output, { recursive: true });
  await gatherSet(REPOSITORY, set);
  const env = { ...(await baseOf(join(output, "base"))), ...process.env, CORNICE_PKGS_PATH: set };
  for (const name of IMAGES) await build(name, join(output, `${name}.tar`), env);
}

/** The settings for the packages that the images are made of: the operator's CORNICE_NIXPKGS, or the starter set. */
async function baseOf(directory: string): Promise<Readonly<Record<string, string>>> {
  if (process.env["CORNICE_NIXPKGS"] !== undefined) return {};
  const signal = new AbortController().signal;
  const { env, starterSet = "" } = await prepareSource({
    source: undefined,
    directory,
    env: process.env,
    log: (line) => console.error(line),
    signal,
  });
  const { CORNICE_SOURCE_REVISION: _, CORNICE_SOURCE_NAME: __, ...settings } = env;
  return { ...settings, CORNICE_NIXPKGS: starterSet };
}

async function build(name: string, archive: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = ["build", `images/${name}`, "-o", archive];
  const child = spawn(join(REPOSITORY, "bin/cornice"), args, { env, stdio: "inherit" });
  await once(child, "close");
  if (child.exitCode !== 0) throw new StartError(`cornice ${args.join(" ")} failed`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
  console.error(`cornice: ${error.message}`);
  process.exitCode = 1;
}

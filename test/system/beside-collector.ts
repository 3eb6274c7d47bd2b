import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { output } from "./program.ts";
import { isPullOptions, pullFromSource, testIsolation } from "./source-pull.ts";

/**
 * Pulls beside Nix's garbage collector, in a store of its own. Arguments: WORK PULLS, where PULLS is a list of options.
 * Prints what failed, how often the collector ran, and which derivations are left when all closures are released.
 */
const [work = "", json = ""] = process.argv.slice(2);
const pulls = parseJson(json);
if (!Array.isArray(pulls) || !pulls.every(isPullOptions)) throw new Error(`these are no pulls: ${json}`);

/** As many builds as an origin has at a time on a small machine. */
const AT_A_TIME = 3;

// Processes outside of this namespace of processes cannot tell which folders here are in use.
process.env["TMPDIR"] = work;
const env = nixEnvironment({ PATH: process.env["PATH"] ?? "", HOME: work });
const todo = [...pulls];
const failures: string[] = [];
const end = new AbortController();

async function collectForEver(): Promise<number> {
  let rounds = 0;
  for (; !end.signal.aborted; rounds += 1) {
    const collector = spawn("nix-store", ["--gc"], { env: { ...env, NIX_REMOTE: "local" }, stdio: "ignore" });
    await once(collector, "exit");
  }
  return rounds;
}

async function pullAll(isolation: ReturnType<typeof testIsolation>): Promise<void> {
  for (let next = todo.shift(); next; next = todo.shift()) {
    try {
      const { closure } = await pullFromSource({ ...next, isolation, directory: work });
      for (const { path } of closure) await access(path);
    } catch (error) {
      failures.push(`${next.name}: ${inspect(error)}`);
    }
  }
}

async function releaseClosures(): Promise<string[]> {
  const links = (await readdir(work)).filter((name) => name.startsWith("closure-"));
  for (const link of links) await rm(join(work, link));
  await output("nix-store", ["--gc"]);
  return (await readdir(STORE_DIRECTORY)).filter((name) => name.endsWith(".drv"));
}

await using isolation = testIsolation(env);
const collecting = collectForEver();
await Promise.all(Array.from({ length: AT_A_TIME }, () => pullAll(isolation)));
end.abort();
const rounds = await collecting;
console.log(JSON.stringify({ failures, rounds, left: await releaseClosures() }));

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, open } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import type { Isolation } from "../../origin/isolation/isolation.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { output } from "./program.ts";
import { isPullOptions, pullFromSource, testIsolation } from "./source-pull.ts";

/**
 * Pulls while Nix's garbage collector stands between reading its roots and removing paths, and does not hear of the paths
 * that `nix-store --realise` makes. Arguments: WORK PULL. Prints what failed.
 */
const [work = "", json = ""] = process.argv.slice(2);
const pull = parseJson(json);
if (!isPullOptions(pull)) throw new Error(`this is no pull: ${json}`);

const SOCKET = "/nix/var/nix/gc-socket/socket";
/** Nix 2.8 looks for the collector's socket once. If it is missing at that moment, Nix tells this collector nothing. */
const WITHOUT_SOCKET = `
mv ${SOCKET} ${SOCKET}.away
code=0
"$@" || code=$?
mv ${SOCKET}.away ${SOCKET}
exit $code
`;

process.env["TMPDIR"] = work;
const env = nixEnvironment({ PATH: process.env["PATH"] ?? "", HOME: work });

/** A collector that has read all roots. The returned function lets it go on, and waits for its end. */
async function waitingCollector(): Promise<() => Promise<void>> {
  const gate = join(work, "gate");
  await output("mkfifo", [gate]);
  // Each version of Nix has its own name for the place behind the reading of the roots.
  const gates = { _NIX_TEST_GC_SYNC: gate, _NIX_TEST_GC_SYNC_2: gate };
  const collector = spawn("nix-store", ["--gc"], { env: { ...env, ...gates, NIX_REMOTE: "local" }, stdio: "ignore" });
  const ended = once(collector, "exit");
  // Opening waits for the collector to open the other end.
  const opened = await open(gate, "w");
  return async () => {
    await opened.close();
    await ended;
  };
}

function deafened(isolation: Isolation): Isolation {
  return {
    ...isolation,
    async own(program, args, share) {
      const { file, ...command } = await isolation.own(program, args, share);
      if (args[0] !== "--realise") return { file, ...command };
      return { file: "sh", args: ["-c", WITHOUT_SOCKET, "sh", file, ...command.args], env: command.env };
    },
  };
}

await using isolation = testIsolation(env);
// The first program of Nix makes the folders of the store.
await output("nix-store", ["--gc"]);
const finish = await waitingCollector();
const failures: string[] = [];
try {
  const { closure } = await pullFromSource({ ...pull, isolation: deafened(isolation), directory: work });
  await finish();
  for (const { path } of closure) await access(path);
} catch (error) {
  failures.push(inspect(error));
}
console.log(JSON.stringify({ failures }));

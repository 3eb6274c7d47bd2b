import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../nix/command.ts";
import { STORE_DIRECTORY } from "../nix/store-path.ts";
import { withSpoolFolder } from "../spool.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { PartCheck } from "./readiness.ts";

interface PartOptions {
  /** Of Nix. */
  readonly env: Readonly<Record<string, string>>;
  readonly spoolDirectory: string;
  readonly store: ObjectStore;
}

/** No package has such a path: that Nix says so is its answer. */
const ABSENT_PATH = `${STORE_DIRECTORY}/00000000000000000000000000000000-cornice-readiness`;
const ABSENT_KEY = "readiness";

/** What no build can do without, each asked as cheaply as it can be. */
export function partChecks({ env, spoolDirectory, store }: PartOptions): Readonly<Record<string, PartCheck>> {
  return {
    nix: (signal) => askNix(env, signal),
    spool: () => withSpoolFolder(spoolDirectory, (folder) => writeFile(join(folder, "probe"), "cornice")),
    r2: () => store.head(ABSENT_KEY),
  };
}

/** Asks Nix's database, through its daemon where there is one. */
async function askNix(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
  const lines: string[] = [];
  await runCommand("nix-store", {
    args: ["--check-validity", "--print-invalid", ABSENT_PATH],
    env,
    onStdout: (line) => lines.push(line),
    onStderr: () => {},
    signal,
  });
  if (lines.join("\n") !== ABSENT_PATH) throw new Error(`nix-store did not answer: ${lines.join("\n")}`);
}

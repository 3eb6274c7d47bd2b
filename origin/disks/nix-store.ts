import { access, constants } from "node:fs/promises";
import { type Isolation, NIX_COMMAND } from "../isolation/isolation.ts";
import type { Command } from "../system/command.ts";
import { CommandError, runCommand } from "../system/command.ts";
import { LastLines } from "../system/last-lines.ts";
import type { BoundedStore } from "./bound-store.ts";

interface NixStoreOptions {
  readonly isolation: Pick<Isolation, "own">;
  readonly signal: AbortSignal;
}

/** Builds have priority over all that this room runs. */
const LOW_PRIORITY = { isLowPriority: true } as const;
const DATABASE = "/nix/var/nix/db";
/** `nix path-info` fills the line up with spaces, and ends it with the size. */
const SIZE = /\s(\d+)$/;

/** The machine's Nix store. All its methods throw `CommandError`. */
export function nixStore({ isolation, signal }: NixStoreOptions): Pick<BoundedStore, "bytes" | "collect"> {
  return {
    async bytes() {
      let sum = 0;
      // Nix's database has the size of each path. Reading them takes a second for 50,000 paths.
      const args = [...NIX_COMMAND, "path-info", "--all", "--size"];
      await runQuietly(await isolation.own("nix", args, LOW_PRIORITY), signal, (line) => {
        sum += Number(SIZE.exec(line)?.[1] ?? 0);
      });
      return sum;
    },
    async collect(bytes) {
      const args = ["--gc", "--max-freed", String(Math.ceil(bytes))];
      const command = await isolation.own("nix-store", args, LOW_PRIORITY);
      await runQuietly(await withoutDaemon(command), signal, () => {});
    },
  };
}

/** A daemon would collect in a process of its own, with its own priority. */
async function withoutDaemon(command: Command): Promise<Command> {
  const ownsStore = await access(DATABASE, constants.W_OK).then(
    () => true,
    () => false,
  );
  return ownsStore ? { ...command, env: { ...command.env, NIX_REMOTE: "local" } } : command;
}

/** Like `runNix`, but keeps no output: a store can have a million paths. */
async function runQuietly({ file, args, env }: Command, signal: AbortSignal, onStdout: (line: string) => void) {
  const log = new LastLines();
  await runCommand(file, { args, env, signal, onStdout, onStderr: (line) => log.add(line) }).catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || log.isEmpty) throw cause;
    throw new CommandError(log.text, { cause });
  });
}

import { join } from "node:path";
import { ownFolders } from "./environments.ts";
import { NIX_COMMAND } from "./isolation.ts";
import { linesOf } from "./machine.ts";
import { parseMachineSettings } from "./nix-settings.ts";
import { withScratch } from "./scratch.ts";

const NO_HOME = "/var/empty";

/**
 * Asks Nix for the machine's settings, because Nix knows their files. The operator's own file for Nix has priority.
 * Nix needs folders that it can write to.
 */
export function machineSettings(
  nixFolder: string,
  env: Readonly<Record<string, string>>,
  further: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  return withScratch(undefined, async (folder) => {
    const config = { XDG_CONFIG_HOME: join(env["HOME"] ?? NO_HOME, ".config") };
    const variables = { ...env, ...ownFolders(folder), ...config, HOME: folder };
    const args = [...NIX_COMMAND, "show-config"];
    const machine = parseMachineSettings(await linesOf({ file: join(nixFolder, "nix"), args, env: variables }));
    return new Map([...machine, ...further]);
  });
}

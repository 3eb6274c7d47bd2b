import { CommandError } from "../system/command.ts";

/**
 * Nix reads its permanent roots before its temporary ones. If a link was made in between, and the process that made it
 * has ended, the collector of that moment removes what the link names. The next collector does not.
 */
const MAX_ATTEMPTS = 3;

/** What Nix says of a store path that was there a moment ago. The versions of Nix have words of their own. */
const VANISHED =
  /(?:path '\/nix\/store\/[^']+' is not valid|path '\/nix\/store\/[^']+\.drv' (?:does not exist and cannot be created|is required, but there is no substituter)|don't know how to build these paths|cannot build missing derivation|failed to obtain derivation of)/;

/** Runs `attempt` again if Nix's garbage collector removed a store path meanwhile. `reasonOf` gives Nix's own words. */
export async function againIfVanished<T>(
  attempt: () => Promise<T>,
  reasonOf: (error: CommandError) => string = ({ message }) => message,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isOver = attempts === MAX_ATTEMPTS || !(error instanceof CommandError);
      if (isOver || !VANISHED.test(reasonOf(error))) throw error;
    }
  }
}

import { resolve } from "node:path";
import { type Environment, Settings } from "../origin/system/settings.ts";

const USUAL_FILE = "wrangler.own.toml";

/** The file with the operator's own settings of the Worker. Throws `ConfigError`. */
export function ownFile(env: Environment, repository: string): string {
  const settings = new Settings(env);
  const file = settings.optional("CORNICE_DEPLOYMENT");
  settings.throwIfAny();
  return file === undefined ? resolve(repository, USUAL_FILE) : resolve(file);
}

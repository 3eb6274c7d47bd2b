import { join } from "node:path";
import { startRegistry } from "./registry.ts";

/**
 * Runs `npm start` and pulls one package. Arguments: a folder, the package set, the package, XDG_CACHE_HOME. Prints the
 * answer's status, and the Nix that evaluated.
 */
const [folder = "", set = "", name = "", caches = ""] = process.argv.slice(2);
const registry = await startRegistry({
  stateDirectory: join(folder, "state"),
  env: {
    HOME: folder,
    XDG_CACHE_HOME: caches,
    CORNICE_PKGS_PATH: set,
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_INDEX: "false",
  },
});
const { status } = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
console.log(status, /Nix \d+\.\d+(?=\S* evaluates)/.exec(registry.log())?.[0]);
if (status !== 200) console.error(registry.log());
await registry.stop();

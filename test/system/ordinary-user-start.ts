import { join } from "node:path";
import { startRegistry } from "./registry.ts";

/** Runs `npm start` and pulls one package. Arguments: a folder, the package set, the package. Prints the answer's status. */
const [folder = "", set = "", name = ""] = process.argv.slice(2);
const registry = await startRegistry({
  stateDirectory: join(folder, "state"),
  env: { HOME: folder, CORNICE_PKGS_PATH: set, CORNICE_NIX_SANDBOX: "false", CORNICE_INDEX: "false" },
});
const { status } = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
console.log(status);
if (status !== 200) console.error(registry.log());
await registry.stop();

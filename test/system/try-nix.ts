import { NixFault } from "../../origin/nix/nix-fault.ts";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { parseNix } from "../../origin/nix/settings.ts";
import { tryNix } from "../../origin/nix/try-nix.ts";
import { Settings } from "../../origin/system/settings.ts";
import { testIsolation } from "./source-pull.ts";

/** Tries Nix as an origin does at its start. Arguments: a folder, and CORNICE_NIX_SANDBOX. Prints the outcome. */
const [directory = "", sandbox = ""] = process.argv.slice(2);
const nix = parseNix(new Settings({ CORNICE_NIX_SANDBOX: sandbox }));
const env = nixEnvironment({ ...process.env, HOME: directory });
await using isolation = testIsolation(env, nix.sandbox);
try {
  await tryNix({ isolation, nix, spoolDirectory: directory, signal: AbortSignal.timeout(60_000) });
  console.log("Nix works");
} catch (error) {
  if (!(error instanceof NixFault)) throw error;
  console.log(error.advice);
}

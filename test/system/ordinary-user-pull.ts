import { parseJson } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { isPullOptions, pullEach } from "./source-pull.ts";

/** Pulls in a separate process. Arguments: OPTIONS NAME... Prints the outcome of each pull as a line of JSON. */
const [json = "", ...names] = process.argv.slice(2);
const options = parseJson(json);
if (!isPullOptions(options)) throw new Error(`these are no options: ${json}`);
for (const outcome of await pullEach(options, names)) {
  if ("pulled" in outcome) console.log(JSON.stringify(outcome));
  else console.log(JSON.stringify({ ...describe(outcome.error) }));
}

function describe(error: Error): { readonly code?: string; readonly message: string } {
  return { ...(error instanceof OciError ? { code: error.code } : {}), message: error.message };
}

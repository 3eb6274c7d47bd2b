import { refuse } from "./cli-error.ts";
import { parseOptions } from "./parse-options.ts";

export interface DoctorCall {
  readonly command: "doctor";
  /** The registry's address. If undefined, that of `CORNICE_REGISTRY_URL`. */
  readonly registry: URL | undefined;
  readonly json: boolean;
}

const OPTIONS = { registry: { type: "string" }, json: { type: "boolean", default: false } } as const;

/** Throws `UsageError`. */
export function parseDoctor(args: readonly string[]): DoctorCall {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const [surplus] = positionals;
  if (surplus !== undefined) refuse(`doctor takes options alone; ${JSON.stringify(surplus)} is one too many`);
  const { registry, json } = values;
  return { command: "doctor", registry: registry === undefined ? undefined : parseRegistry(registry), json };
}

function parseRegistry(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return new URL(url.origin);
  return refuse(`--registry is ${JSON.stringify(text)}; it must be an address such as https://registry.example`);
}

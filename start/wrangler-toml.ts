import { readFile } from "node:fs/promises";
import { parse } from "smol-toml";
import { isJsonObject, isListOf } from "../protocol/json-object.ts";

/** The configuration of a deployment, as far as this machine needs it. The other members go to the edge as they are. */
export interface WranglerToml {
  readonly ratelimits?: readonly { readonly name?: string }[];
  readonly vars?: object;
  readonly assets?: { readonly directory?: string };
  readonly r2_buckets: readonly { readonly bucket_name: string }[];
  readonly kv_namespaces: readonly { readonly id: string }[];
}

/**
 * Reads `wrangler.toml`. wrangler itself reads it, too, but takes a second of the processor until it is loaded. Throws if
 * the file has another form.
 */
export async function readWranglerToml(file: string): Promise<WranglerToml> {
  const config: unknown = parse(await readFile(file, "utf8"));
  if (!isWranglerToml(config)) throw new Error(`${file} has no buckets and namespaces, or another form`);
  return config;
}

function isWranglerToml(value: unknown): value is WranglerToml {
  if (!isJsonObject(value)) return false;
  const { ratelimits = [], vars = {}, assets, r2_buckets: buckets, kv_namespaces: namespaces } = value;
  return (
    isListOf(ratelimits, has("name")) &&
    isJsonObject(vars) &&
    (assets === undefined || has("directory")(assets)) &&
    isListOf(buckets, has("bucket_name")) &&
    isListOf(namespaces, has("id"))
  );
}

function has<Name extends string>(name: Name): (value: unknown) => value is Readonly<Record<Name, string>> {
  return (value): value is Readonly<Record<Name, string>> => isJsonObject(value) && typeof value[name] === "string";
}

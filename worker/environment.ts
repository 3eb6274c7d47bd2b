import { type Architecture } from "../protocol/image-name.ts";
import { isArchitecture } from "../protocol/image-request.ts";
import { OciError } from "../protocol/oci-error.ts";
import { MIN_SECRET_LENGTH } from "../protocol/signature.ts";

/** What `wrangler.toml` binds, and the secret. Variables may be missing in a deployment that forgot them. */
export interface Bindings {
  readonly KV: KVNamespace;
  readonly R2: R2Bucket;
  readonly ORIGIN_URL?: string;
  readonly ORIGIN_SECRET?: string;
  readonly PACKAGE_SOURCE?: string;
  readonly DEFAULT_ARCHITECTURE?: string;
  readonly MAX_PACKAGES?: string;
}

export interface Config {
  readonly kv: KVNamespace;
  readonly r2: R2Bucket;
  /** Without a trailing slash. */
  readonly originUrl: string;
  readonly originSecret: string;
  readonly packageSource: string;
  readonly defaultArchitecture: Architecture;
  readonly maxPackages: number;
}

/** A name of 255 characters has no room for more. */
const MAX_MAX_PACKAGES = 255;

const configs = new WeakMap<Bindings, Config>();

/** Checks every setting before failing, once for each isolate. Throws `UNAVAILABLE`; the log gets the reasons. */
export function parseConfig(env: Bindings): Config {
  const known = configs.get(env);
  if (known) return known;
  const problems: string[] = [];
  const config = readConfig(env, problems);
  if (problems.length > 0) throw misconfigured(new Error(problems.join("\n")));
  configs.set(env, config);
  return config;
}

/** What only the operator can put right; the cause goes to the log. */
export function misconfigured(cause: Error): OciError {
  const message = "the registry is misconfigured; its operator finds the reason in the Worker's log";
  return new OciError("UNAVAILABLE", message, { cause });
}

function readConfig(env: Bindings, problems: string[]): Config {
  return {
    kv: env.KV,
    r2: env.R2,
    originUrl: originUrl(env.ORIGIN_URL ?? "", problems),
    originSecret: originSecret(env.ORIGIN_SECRET ?? "", problems),
    packageSource: packageSource(env.PACKAGE_SOURCE ?? "", problems),
    defaultArchitecture: defaultArchitecture(env.DEFAULT_ARCHITECTURE ?? "amd64", problems),
    maxPackages: maxPackages(env.MAX_PACKAGES ?? "64", problems),
  };
}

function originUrl(text: string, problems: string[]): string {
  const url = URL.parse(text);
  // Credentials in the URL would end up in logs, and the signature makes them needless.
  const valid = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (!valid) problems.push("ORIGIN_URL must be an http or https URL without credentials and query");
  return text.replace(/\/+$/, "");
}

function originSecret(text: string, problems: string[]): string {
  if (text.length < MIN_SECRET_LENGTH) {
    problems.push(`ORIGIN_SECRET must have at least ${MIN_SECRET_LENGTH} characters; it has ${text.length}`);
  }
  return text;
}

function packageSource(text: string, problems: string[]): string {
  if (text === "") problems.push("PACKAGE_SOURCE is not set; the origin's first log line tells it");
  return text;
}

function defaultArchitecture(text: string, problems: string[]): Architecture {
  if (isArchitecture(text)) return text;
  problems.push(`DEFAULT_ARCHITECTURE is ${JSON.stringify(text)}; it must be amd64 or arm64`);
  return "amd64";
}

function maxPackages(text: string, problems: string[]): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_MAX_PACKAGES) {
    problems.push(`MAX_PACKAGES is ${JSON.stringify(text)}; it must be a whole number from 1 to ${MAX_MAX_PACKAGES}`);
  }
  return value;
}

import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, type LegacyWorkerOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf, unstable_readConfig as readConfig } from "wrangler";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { REPOSITORY } from "../starter.ts";

/** The Worker in plain Miniflare, and beside it three that do as little as can be. */
export interface LocalEdge {
  readonly miniflare: Miniflare;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
}

interface EdgeOptions {
  /** What `bundleWorker` returned. */
  readonly script: string;
  /** R2, KV and the colo cache outlive the process here. */
  readonly state: string;
  readonly originUrl: string;
}

/** The host name of the Worker that answers a constant: what Miniflare itself takes. */
export const TRIVIAL_HOST = "trivial.internal";
const TRIVIAL_WORKER = `export default { fetch: () => new Response("{}") };`;
/** The host name of the Worker that answers what Cornice answered its first request, without looking at any other. */
export const CONSTANT_HOST = "constant.internal";
const CONSTANT_WORKER = `let kept;
async function keep(request, { CORNICE }) {
  const response = await CORNICE.fetch(request);
  kept = { body: await response.arrayBuffer(), headers: new Headers(response.headers) };
  return answer();
}
const answer = () => new Response(kept.body, { headers: kept.headers });
export default { fetch: (request, env) => (kept ? answer() : keep(request, env)) };`;
/** As `wrangler.toml` names it. */
const BUCKET = "cornice";
/** The host name of the Worker that streams an object of R2, and nothing more: its path is the key. */
export const STREAMING_HOST = "streaming.internal";
const STREAMING_WORKER = `export default {
  fetch: async ({ url }, { R2 }) => new Response((await R2.get(new URL(url).pathname.slice(1))).body),
};`;

/** As it would be deployed. Returns the script's file. */
export async function bundleWorker(directory: string): Promise<string> {
  const folder = join(directory, "worker");
  const wrangler = join(REPOSITORY, "node_modules/wrangler/bin/wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--outdir", folder];
  await promisify(execFile)(process.execPath, args, { cwd: REPOSITORY });
  return join(folder, "index.js");
}

/**
 * The deployment's configuration, but for an origin of our own, tags that stay fresh, no limit to requests, and no static
 * assets: Miniflare serves those by Workers of its own in front of ours, which halve what it can do.
 */
export async function startEdge({ script, state, originUrl }: EdgeOptions): Promise<LocalEdge> {
  const config = readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const vars = {
    ...config.vars,
    ORIGIN_URL: originUrl,
    ORIGIN_SECRET: "a secret that nobody checks, long enough",
    DEFAULT_ARCHITECTURE: hostArchitecture(),
    TAG_FRESHNESS_S: DAY_S,
    REQUEST_LOG: "off",
  };
  // The script is one file: what its other files would be is of no interest.
  const { modulesRules: _, ...options } = workerOptionsOf({
    ...config,
    vars,
    ratelimits: [],
    assets: undefined,
  }).workerOptions;
  const plain = (name: string, code: string, host: string, bindings: object = {}): LegacyWorkerOptions => {
    const { compatibility_date: compatibilityDate = "" } = config;
    return { name, modules: true, script: code, routes: [`${host}/*`], compatibilityDate, ...bindings };
  };
  const workers: LegacyWorkerOptions[] = [
    { ...options, name: "cornice", modules: true, rootPath: dirname(script), scriptPath: script },
    plain("trivial", TRIVIAL_WORKER, TRIVIAL_HOST),
    plain("constant", CONSTANT_WORKER, CONSTANT_HOST, { serviceBindings: { CORNICE: "cornice" } }),
    plain("streaming", STREAMING_WORKER, STREAMING_HOST, { r2Buckets: { R2: BUCKET } }),
  ];
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...QUIET, resourcePersistencePath: state, workers }));
  return { miniflare, host: (await miniflare.ready).host };
}

const DAY_S = "86400";
/** Nothing is looked up, reported or written down for each request. */
const QUIET = { cf: false, telemetry: { enabled: false }, logRequests: false, log: new Log(LogLevel.ERROR) };

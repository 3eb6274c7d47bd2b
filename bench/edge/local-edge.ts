import { join } from "node:path";
import { convertV4MiniflareOptions, type LegacyWorkerOptions, Miniflare } from "miniflare";
import { unstable_readConfig as readConfig } from "wrangler";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { bundleWorker } from "../../start/local-edge/bundle-worker.ts";
import { QUIET, registryWorker } from "../../start/local-edge/plain-miniflare.ts";
import { REPOSITORY } from "../starter.ts";

/** The Worker in plain Miniflare, and three minimal Workers to compare it with. */
export interface LocalEdge {
  readonly miniflare: Miniflare;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
}

interface EdgeOptions {
  /** A folder that keeps R2, KV and the colo cache after the process ends. */
  readonly state: string;
  readonly originUrl: string;
}

/** The host name of a Worker that answers a constant. It shows the time that Miniflare itself takes. */
export const TRIVIAL_HOST = "trivial.internal";
const TRIVIAL_WORKER = `export default { fetch: () => new Response("{}") };`;
/** The host name of a Worker that passes its first request to Cornice, and gives every request the same answer. */
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
/** The host name of a Worker that only streams an object of R2. The path is the key. */
export const STREAMING_HOST = "streaming.internal";
const STREAMING_WORKER = `export default {
  fetch: async ({ url }, { R2 }) => new Response((await R2.get(new URL(url).pathname.slice(1))).body),
};`;

/**
 * Uses the deployment's configuration, with these changes: another origin, tags that stay fresh, no limit of requests,
 * and no static assets. For assets, Miniflare puts Workers of its own in front of ours. They halve the request rate.
 */
export async function startEdge({ state, originUrl }: EdgeOptions): Promise<LocalEdge> {
  const config = readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const vars = {
    ...config.vars,
    ORIGIN_URL: originUrl,
    ORIGIN_SECRET: "a secret that nobody checks, long enough",
    PLATFORMS: hostArchitecture(),
    DEFAULT_ARCHITECTURE: hostArchitecture(),
    TAG_FRESHNESS_S: DAY_S,
    REQUEST_LOG: "off",
  };
  const bundle = await bundleWorker(join(REPOSITORY, "worker/index.ts"));
  const plain = (name: string, code: string, host: string, bindings: object = {}): LegacyWorkerOptions => {
    const { compatibility_date: compatibilityDate = "" } = config;
    return { name, modules: true, script: code, routes: [`${host}/*`], compatibilityDate, ...bindings };
  };
  const workers: LegacyWorkerOptions[] = [
    registryWorker({ ...config, vars, ratelimits: [] }, bundle),
    plain("trivial", TRIVIAL_WORKER, TRIVIAL_HOST),
    plain("constant", CONSTANT_WORKER, CONSTANT_HOST, { serviceBindings: { CORNICE: "cornice" } }),
    plain("streaming", STREAMING_WORKER, STREAMING_HOST, { r2Buckets: { R2: BUCKET } }),
  ];
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...QUIET, resourcePersistencePath: state, workers }));
  return { miniflare, host: (await miniflare.ready).host };
}

const DAY_S = "86400";

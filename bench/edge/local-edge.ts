import { join } from "node:path";
import { convertV4MiniflareOptions, type LegacyWorkerOptions, Miniflare } from "miniflare";
import { unstable_readConfig as readConfig } from "wrangler";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { bundleWorker } from "../../start/local-edge/bundle-worker.ts";
import { QUIET, registryWorker } from "../../start/local-edge/plain-miniflare.ts";
import { REPOSITORY } from "../starter.ts";

/** The Worker in plain Miniflare, and beside it three that do as little as can be. */
export interface LocalEdge {
  readonly miniflare: Miniflare;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
}

interface EdgeOptions {
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

/**
 * The deployment's configuration, but for an origin of our own, tags that stay fresh, no limit to requests, and no static
 * assets: Miniflare serves those by Workers of its own in front of ours, which halve what it can do.
 */
export async function startEdge({ state, originUrl }: EdgeOptions): Promise<LocalEdge> {
  const config = readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const vars = {
    ...config.vars,
    ORIGIN_URL: originUrl,
    ORIGIN_SECRET: "a secret that nobody checks, long enough",
    DEFAULT_ARCHITECTURE: hostArchitecture(),
    TAG_FRESHNESS_S: DAY_S,
    REQUEST_LOG: "off",
  };
  const script = await bundleWorker(join(REPOSITORY, "worker/index.ts"));
  const plain = (name: string, code: string, host: string, bindings: object = {}): LegacyWorkerOptions => {
    const { compatibility_date: compatibilityDate = "" } = config;
    return { name, modules: true, script: code, routes: [`${host}/*`], compatibilityDate, ...bindings };
  };
  const workers: LegacyWorkerOptions[] = [
    registryWorker({ ...config, vars, ratelimits: [] }, script),
    plain("trivial", TRIVIAL_WORKER, TRIVIAL_HOST),
    plain("constant", CONSTANT_WORKER, CONSTANT_HOST, { serviceBindings: { CORNICE: "cornice" } }),
    plain("streaming", STREAMING_WORKER, STREAMING_HOST, { r2Buckets: { R2: BUCKET } }),
  ];
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...QUIET, resourcePersistencePath: state, workers }));
  return { miniflare, host: (await miniflare.ready).host };
}

const DAY_S = "86400";

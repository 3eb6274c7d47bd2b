import registry from "../../../worker/index.ts";
import type { Bindings } from "../../../worker/environment.ts";
import { isWorkerPath } from "./worker-paths.ts";

export * from "../../../worker/index.ts";

interface LocalBindings extends Bindings {
  readonly ASSETS: Fetcher;
  /** `run_worker_first` of `wrangler.toml`. */
  readonly WORKER_PATHS: readonly string[];
}

/** The registry listens on loopback only. */
const CLIENT_ADDRESS = "127.0.0.1";

/**
 * The Worker as it is deployed, with two things that Cloudflare does in front of it: static assets are answered without
 * the Worker, and the client cannot choose the address that the Worker sees.
 *
 * There is no `scheduled`: nothing on this machine calls it, and workerd would run it for anybody who speaks its RPC
 * protocol on the registry's port.
 */
export default {
  fetch(request, env, context) {
    if (!isWorkerPath(env.WORKER_PATHS, new URL(request.url).pathname)) return env.ASSETS.fetch(request);
    const seen = new Request(request);
    seen.headers.set("CF-Connecting-IP", CLIENT_ADDRESS);
    return registry.fetch(seen, env, context);
  },
} satisfies ExportedHandler<LocalBindings>;

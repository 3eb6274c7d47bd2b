import { Hono } from "hono";
import { compress } from "hono/compress";
import registry from "../../../worker/index.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { isWorkerPath } from "./worker-paths.ts";

export * from "../../../worker/index.ts";

interface LocalBindings extends Bindings {
  readonly ASSETS: Fetcher;
  /** `run_worker_first` of `wrangler.toml`. */
  readonly WORKER_PATHS: readonly string[];
}

/** The registry listens on loopback only. */
const CLIENT_ADDRESS = "127.0.0.1";

const assets = new Hono<{ Bindings: LocalBindings }>()
  .use(compress())
  .all("*", ({ req, env }) => env.ASSETS.fetch(req.raw));

/** `compress` has already encoded the body, so workerd must not encode it again. */
async function compressed(request: Request, env: LocalBindings): Promise<Response> {
  const { body, status, headers } = await assets.fetch(request, env);
  return new Response(body, { status, headers, encodeBody: "manual" });
}

/**
 * The Worker as it is deployed, and the things that Cloudflare does in front of it. Static assets are compressed, and
 * do not reach the Worker. The client cannot choose the address that the Worker sees.
 *
 * There is no `scheduled`, because nothing on this machine calls it. workerd would run it for anybody who speaks its
 * RPC protocol on the registry's port.
 */
export default {
  fetch(request, env, context) {
    if (!isWorkerPath(env.WORKER_PATHS, new URL(request.url).pathname)) return compressed(request, env);
    const seen = new Request(request);
    seen.headers.set("CF-Connecting-IP", CLIENT_ADDRESS);
    return registry.fetch(seen, env, context);
  },
} satisfies ExportedHandler<LocalBindings>;

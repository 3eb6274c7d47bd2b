import { Hono } from "hono";
import { compress } from "hono/compress";
import { type IpNetwork, parseIpNetwork } from "../../../protocol/ip-network.ts";
import registry from "../../../worker/index.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { clientAddress } from "./client-address.ts";
import { publicUrl } from "./public-url.ts";
import { isWorkerPath } from "./worker-paths.ts";

export * from "../../../worker/index.ts";

interface LocalBindings extends Bindings {
  readonly ASSETS: Fetcher;
  /** `run_worker_first` of `wrangler.toml`. */
  readonly WORKER_PATHS: readonly string[];
  /** Networks of proxies that say which client they ask for. */
  readonly TRUSTED_PROXIES: readonly string[];
  /** The address by which people know the registry; may be empty. */
  readonly PUBLIC_URL: string;
}

/** The address of clients if workerd knows none. All of them are one client then. */
const UNKNOWN_ADDRESS = "0.0.0.0";

const assets = new Hono<{ Bindings: LocalBindings }>()
  .use(compress())
  .all("*", ({ req, env }) => env.ASSETS.fetch(req.raw));

/** `compress` has already encoded the body, so workerd must not encode it again. */
async function compressed(request: Request, env: LocalBindings): Promise<Response> {
  const { body, status, headers } = await assets.fetch(request, env);
  return new Response(body, { status, headers, encodeBody: "manual" });
}

/** Parsed once, because every request needs them. */
let proxies: readonly IpNetwork[] | undefined;

/** The request with the address of its client and the public URL, as Cloudflare gives them to a Worker. */
function asSeenByCloudflare(request: Request, env: LocalBindings): Request {
  proxies ??= env.TRUSTED_PROXIES.flatMap((text) => parseIpNetwork(text) ?? []);
  const seen = new Request(publicUrl(request.url, env.PUBLIC_URL), request);
  const address = clientAddress(request.cf?.["clientIp"], request.headers.get("X-Forwarded-For"), proxies);
  seen.headers.set("CF-Connecting-IP", address ?? UNKNOWN_ADDRESS);
  return seen;
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
    return registry.fetch(asSeenByCloudflare(request, env), env, context);
  },
} satisfies ExportedHandler<LocalBindings>;

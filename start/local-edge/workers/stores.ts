import s3 from "miniflare/dist/src/workers/r2/s3/index.worker.js";
import { isBearer } from "./bearer-token.ts";
import { answerKvCall, failure } from "./kv-rest.ts";

interface StoresBindings {
  readonly KV: KVNamespace;
  /** The namespace's path, with a slash at its end. */
  readonly KV_PATH: string;
  readonly KV_TOKEN: string;
  readonly S3_PATH: string;
}

const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

/**
 * R2 over S3 and KV over Cloudflare's REST API, for the origin. Any user of this machine can reach the port. So each
 * call needs credentials: a signature for S3, and the token for everything else.
 */
export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(env.S3_PATH)) return answerS3Call(request, env, context);
    if (!(await isBearer(request.headers.get("Authorization"), env.KV_TOKEN))) {
      return failure(UNAUTHORIZED, "the token is missing or wrong");
    }
    if (!pathname.startsWith(env.KV_PATH)) return failure(NOT_FOUND, "there is no such namespace");
    return answerKvCall(request, pathname.slice(env.KV_PATH.length), env.KV);
  },
} satisfies ExportedHandler<StoresBindings>;

/**
 * Miniflare answers `OPTIONS` without a signature, and so lets web pages of any site make calls. This Worker refuses
 * it.
 */
async function answerS3Call(request: Request, env: StoresBindings, context: ExecutionContext): Promise<Response> {
  const isSigned = request.headers.get("Authorization")?.startsWith("AWS4-HMAC-SHA256 ");
  if (!isSigned || request.method === "OPTIONS") {
    return new Response("the call is not signed", { status: UNAUTHORIZED });
  }
  const { body, status, headers } = await s3.fetch(request, env, context);
  // R2 gives an object as it was put. workerd would encode one with a `Content-Encoding` a second time.
  return new Response(body, { status, headers, encodeBody: "manual" });
}

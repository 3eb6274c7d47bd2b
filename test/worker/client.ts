import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Bindings } from "../../worker/settings.ts";
import { answerRequest } from "../../worker/entrance.ts";

export const HOST = "https://registry.test";

/** Sends a request to the Worker as `wrangler.toml` configures it, with empty caches. */
export function pull(path: string, init?: RequestInit): Promise<Response> {
  return callWorker({}, path, init).response;
}

interface WorkerCall {
  readonly response: Promise<Response>;
  readonly context: ExecutionContext;
}

/** Calls the Worker's code with some bindings replaced, and empty caches. */
export function callWorker(replaced: Partial<Bindings>, path: string, init?: RequestInit): WorkerCall {
  return startIsolate(replaced).call(path, init);
}

interface Isolate {
  readonly env: Bindings;
  /** Sends a request. */
  call(path: string, init?: RequestInit): WorkerCall;
  /** Sends a request. Waits for its whole answer and for its background work. */
  settle(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * The Worker's code with some bindings replaced, and with a memory that lasts from call to call. It has a data centre
 * of its own, unless it shares its `CACHE_HOST` with another isolate.
 */
export function startIsolate(replaced: Partial<Bindings> = {}): Isolate {
  // Pulls are counted in the background, and most tests do not wait for that. Requests without an address share one
  // count of passwords, and the tests of a file would exceed it together.
  const quiet = {
    CACHE_HOST: `${crypto.randomUUID()}.internal`,
    REVALIDATE_TOP: "0",
    PULL_MARKS: "off",
    PASSWORD_LIMIT: undefined,
  };
  const bindings = { ...env, ...quiet, ...replaced };
  const call = (path: string, init?: RequestInit) => {
    const context = createExecutionContext();
    const request = new Request(path.startsWith("/") ? `${HOST}${path}` : path, init);
    return { response: Promise.resolve(answerRequest(request, bindings, context)), context };
  };
  return {
    env: bindings,
    call,
    async settle(path, init) {
      const { response, context } = call(path, init);
      const answer = await response;
      // workerd sends only the bytes that are read.
      const body = answer.body && (await answer.arrayBuffer());
      await waitOnExecutionContext(context);
      return new Response(body, answer);
    },
  };
}

interface OciErrorBody {
  readonly errors: readonly [{ readonly code: string; readonly message: string; readonly detail?: unknown }];
}

/** The only error of an OCI error body. */
export async function readError(response: Response): Promise<OciErrorBody["errors"][0]> {
  const body = await response.json<OciErrorBody>();
  return body.errors[0];
}

/** All keys of both stores. */
export async function storedKeys(): Promise<string[]> {
  const [kv, r2] = await Promise.all([env.KV.list(), env.R2.list()]);
  return [...kv.keys.map(({ name }) => name), ...r2.objects.map(({ key }) => key)].toSorted();
}

/** The bytes of a body as text, whatever its type. */
export async function readText(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

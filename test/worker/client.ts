import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import type { Bindings } from "../../worker/environment.ts";
import { registry } from "../../worker/registry.ts";

export const HOST = "https://registry.test";

/** Sends a request to the Worker as it is configured. */
export function pull(path: string, init?: RequestInit): Promise<Response> {
  return exports.default.fetch(`${HOST}${path}`, init);
}

interface WorkerCall {
  readonly response: Promise<Response>;
  readonly context: ExecutionContext;
}

/** Calls the Worker's code with some bindings replaced. */
export function callWorker(replaced: Partial<Bindings>, path: string, init?: RequestInit): WorkerCall {
  const context = createExecutionContext();
  const request = new Request(`${HOST}${path}`, init);
  return { response: Promise.resolve(registry.fetch(request, { ...env, ...replaced }, context)), context };
}

interface OciErrorBody {
  readonly errors: readonly [{ readonly code: string; readonly message: string; readonly detail?: unknown }];
}

/** The one error of an OCI error body. */
export async function readError(response: Response): Promise<OciErrorBody["errors"][0]> {
  const body = await response.json<OciErrorBody>();
  return body.errors[0];
}

/** All keys of both stores. */
export async function storedKeys(): Promise<string[]> {
  const [kv, r2] = await Promise.all([env.KV.list(), env.R2.list()]);
  return [...kv.keys.map(({ name }) => name), ...r2.objects.map(({ key }) => key)].toSorted();
}

/** The bytes of a body that is not said to be text, as text. */
export async function readText(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

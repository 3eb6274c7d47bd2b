import type { Bindings } from "./settings.ts";
import { registry } from "./registry/registry.ts";
import { answerWarmTag } from "./registry/warm-tags.ts";

/** Every request comes in here: what most of them ask for is answered before the registry's machinery starts. */
export function answerRequest(
  request: Request,
  env: Bindings,
  context: ExecutionContext,
): Response | Promise<Response> {
  const warm = answerWarmTag(request, env, context);
  if (warm instanceof Response) return warm;
  return Promise.resolve(warm).then((answer) => answer ?? registry.fetch(request, env, context));
}

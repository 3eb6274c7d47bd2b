import { clientKey } from "../protocol/client-key.ts";
import type { TraceContext } from "../protocol/trace-context.ts";
import type { Config } from "./environment.ts";
import { addressOf } from "./limits.ts";
import { traceOf } from "./trace.ts";

/** For whom an origin works. */
export interface Caller {
  readonly trace: TraceContext;
  /** As `clientKey` makes it; undefined where the client has no address. */
  readonly client?: string | undefined;
}

export async function callerOf({ origin }: Config, request: Request): Promise<Caller> {
  const address = addressOf(request);
  const client = address === undefined ? undefined : await clientKey(origin.secret, address);
  return { trace: traceOf(request), client };
}

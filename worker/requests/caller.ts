import { clientKey } from "../../protocol/client-key.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { KeySettings } from "./build-key.ts";
import { addressOf } from "./limits.ts";
import { traceOf } from "./trace.ts";

/** With `npm start`, and behind a local proxy, all clients have the same loopback address. */
const LOOPBACK = /^127\./;

/** The client for which an origin works. */
export interface Caller {
  readonly trace: TraceContext;
  /** Made by `clientKey`; undefined if the client has no address of its own. */
  readonly client?: string | undefined;
}

export async function callerOf({ origin }: KeySettings, request: Request): Promise<Caller> {
  const address = addressOf(request);
  const isKnown = address !== undefined && !LOOPBACK.test(address);
  const client = isKnown ? await clientKey(origin.secret, address) : undefined;
  return { trace: traceOf(request), client };
}

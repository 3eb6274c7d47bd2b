import { clientKey } from "../../protocol/client-key.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { Keeper } from "./build-key.ts";
import { addressOf } from "./limits.ts";
import { traceOf } from "./trace.ts";

/** Of the machine itself: with `npm start`, and behind a local proxy, all clients have it. */
const LOOPBACK = /^127\./;

/** For whom an origin works. */
export interface Caller {
  readonly trace: TraceContext;
  /** As `clientKey` makes it; undefined where the client has no address of its own. */
  readonly client?: string | undefined;
}

export async function callerOf({ origin }: Keeper, request: Request): Promise<Caller> {
  const address = addressOf(request);
  const isKnown = address !== undefined && !LOOPBACK.test(address);
  const client = isKnown ? await clientKey(origin.secret, address) : undefined;
  return { trace: traceOf(request), client };
}

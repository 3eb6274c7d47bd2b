import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../protocol/signature.ts";
import { childOf, formatTrace, TRACE_HEADER, type TraceContext } from "../../protocol/trace-context.ts";
import type { OriginSettings } from "./settings.ts";

/** A call to an origin, before it is signed. */
export interface UnsignedCall {
  readonly method: "GET" | "POST";
  /** The URL of the origin, and the path below it. */
  readonly url: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A GET has no body. */
  readonly body?: string;
  /** The trace of the request that led to the call. */
  readonly trace: TraceContext;
}

/** Signs a call. An origin accepts it only for a short time. */
export async function signedRequest({ secret, headers }: OriginSettings, call: UnsignedCall): Promise<Request> {
  const { method, url, path, body, trace } = call;
  const target = new URL(url + path);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await signCall(secret, { method, path: target.pathname, timestamp, body: body ?? "" });
  const signed = {
    ...headers,
    ...call.headers,
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: signature,
    [TRACE_HEADER]: formatTrace(childOf(trace)),
  };
  return new Request(target, { method, headers: signed, redirect: "manual", ...(body === undefined ? {} : { body }) });
}

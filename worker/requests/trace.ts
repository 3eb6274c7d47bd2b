import { newTrace, parseTrace, TRACE_HEADER, type TraceContext } from "../../protocol/trace-context.ts";

const traces = new WeakMap<Request, TraceContext>();

/** The trace that a request belongs to, the same whenever it is asked for: its caller's, or else a new one. */
export function traceOf(request: Request): TraceContext {
  const known = traces.get(request);
  if (known) return known;
  const trace = parseTrace(request.headers.get(TRACE_HEADER)) ?? newTrace();
  traces.set(request, trace);
  return trace;
}

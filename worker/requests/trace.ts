import { newTrace, parseTrace, TRACE_HEADER, type TraceContext } from "../../protocol/trace-context.ts";

const traces = new WeakMap<Request, TraceContext>();

/** The trace of a request: the client's own, or else a new trace. Each call returns the same trace. */
export function traceOf(request: Request): TraceContext {
  const known = traces.get(request);
  if (known) return known;
  const trace = parseTrace(request.headers.get(TRACE_HEADER)) ?? newTrace();
  traces.set(request, trace);
  return trace;
}

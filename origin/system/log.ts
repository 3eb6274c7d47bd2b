import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import type { TraceContext } from "../../protocol/trace-context.ts";

/** For people, or one JSON object a line for machines. */
export type LogFormat = "text" | "json";

export interface Log {
  /** About the origin itself, or the build of an image. */
  line(message: string, image?: string): void;
  /** What is not expected, whole. */
  failure(message: string, error: unknown): void;
  /** Does work whose lines, whenever they come, belong to a trace. */
  traced<T>(trace: TraceContext, work: () => T): T;
}

/** Where lines go: `console` or the like. */
interface Output {
  log(line: string): void;
  error(...parts: unknown[]): void;
}

export function createLog(format: LogFormat, output: Output): Log {
  const traces = new AsyncLocalStorage<TraceContext>();
  const traced: Log["traced"] = (trace, work) => traces.run(trace, work);
  if (format === "text") return { ...textLog(output), traced };
  const record = (level: "info" | "error", rest: object) =>
    JSON.stringify({ time: new Date().toISOString(), level, trace: traces.getStore()?.traceId, ...rest });
  return {
    line: (message, image) => output.log(record("info", { image, message })),
    failure: (message, error) => output.error(record("error", { message, error: inspect(error) })),
    traced,
  };
}

function textLog(output: Output): Pick<Log, "line" | "failure"> {
  return {
    line: (message, image) => output.log(`origin: ${image === undefined ? "" : `${image}: `}${message}`),
    failure: (message, error) => output.error(`origin: ${message}:`, error),
  };
}

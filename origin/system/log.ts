import type { LogLevel } from "../../protocol/log-level.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import type { TraceContext } from "../../protocol/trace-context.ts";

/** `text` is for people. `json` is for machines: each line is a JSON object. */
export type LogFormat = "text" | "json";

export interface Log {
  /** Writes a line about the build of `image`, or about the origin itself. */
  line(message: string, image?: string): void;
  /** Writes a line only at the level `debug`. */
  debug(message: string): void;
  /** Writes an unexpected error, with its stack and causes. */
  failure(message: string, error: unknown): void;
  /** Does work. All its debug lines name `image`. */
  about<T>(image: string, work: () => T): T;
  /** Does work. All its lines name the trace, also lines that come later. */
  traced<T>(trace: TraceContext, work: () => T): T;
}

/** The target of lines, such as `console`. */
interface Output {
  log(line: string): void;
  error(...parts: unknown[]): void;
}

export function createLog(format: LogFormat, output: Output, level: LogLevel = "info"): Log {
  const traces = new AsyncLocalStorage<TraceContext>();
  const images = new AsyncLocalStorage<string>();
  const trace = () => traces.getStore()?.traceId;
  const writer = format === "text" ? textWriter(output) : jsonWriter(output, trace);
  return {
    line: writer.line,
    debug: (message) => {
      if (level === "debug") writer.debug(message, images.getStore());
    },
    failure: writer.failure,
    traced: (context, work) => traces.run(context, work),
    about: (image, work) => images.run(image, work),
  };
}

interface Writer {
  readonly line: (message: string, image: string | undefined) => void;
  readonly debug: (message: string, image: string | undefined) => void;
  readonly failure: (message: string, error: unknown) => void;
}

function textWriter(output: Output): Writer {
  return {
    line: (message, image) => output.log(`origin: ${prefix(image)}${message}`),
    debug: (message, image) => output.log(`origin: debug: ${prefix(image)}${message}`),
    failure: (message, error) => output.error(`origin: ${message}:`, error),
  };
}

function prefix(image: string | undefined): string {
  return image === undefined ? "" : `${image}: `;
}

function jsonWriter(output: Output, trace: () => string | undefined): Writer {
  const record = (level: "debug" | "info" | "error", rest: object) =>
    JSON.stringify({ time: new Date().toISOString(), level, trace: trace(), ...rest });
  return {
    line: (message, image) => output.log(record("info", { image, message })),
    debug: (message, image) => output.log(record("debug", { image, message })),
    failure: (message, error) => output.error(record("error", { message, error: inspect(error) })),
  };
}

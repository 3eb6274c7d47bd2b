import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import type { TraceContext } from "../../protocol/trace-context.ts";

/** For people, or one JSON object a line for machines. */
export type LogFormat = "text" | "json";

/** `debug` shows the lines of `debug.ts`, too. */
export type LogLevel = "info" | "debug";

export interface Log {
  /** About the origin itself, or the build of an image. */
  line(message: string, image?: string): void;
  /** For somebody who looks for a fault; left out at the level `info`. */
  debug(message: string): void;
  /** What is not expected, whole. */
  failure(message: string, error: unknown): void;
  /** Does work whose debug lines are about the build of an image. */
  about<T>(image: string, work: () => T): T;
  /** Does work whose lines, whenever they come, belong to a trace. */
  traced<T>(trace: TraceContext, work: () => T): T;
}

/** Where lines go: `console` or the like. */
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

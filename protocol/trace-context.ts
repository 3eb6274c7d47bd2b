import { toHex } from "./hex.ts";

/** The header of https://www.w3.org/TR/trace-context/ that says which trace a call belongs to. */
export const TRACE_HEADER = "traceparent";

export interface TraceContext {
  /** 32 hexadecimal digits, the same in all calls that one request leads to. */
  readonly traceId: string;
  /** 16 hexadecimal digits, which name the calling step. */
  readonly parentId: string;
  /** Whether the program that began the trace records it. */
  readonly isSampled: boolean;
}

const TRACE_ID_BYTES = 16;
const PARENT_ID_BYTES = 8;
/** The one flag that version 00 defines. */
const SAMPLED_FLAG = 1;

/** Lower case, and no identifier is all zeros. */
const TRACEPARENT = /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined if the header is absent or malformed. The caller then begins a new trace. */
export function parseTrace(header: string | null | undefined): TraceContext | undefined {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(header ?? "") ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  // Later versions may add fields, but version 00 has no more. ff is not a version.
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & SAMPLED_FLAG) !== 0 };
}

/** A new trace. It is not sampled, because nobody has asked for that. */
export function newTrace(): TraceContext {
  return { traceId: randomHex(TRACE_ID_BYTES), parentId: randomHex(PARENT_ID_BYTES), isSampled: false };
}

/** The same trace for a call that this program makes. The program is now the parent. */
export function childOf(trace: TraceContext): TraceContext {
  return { ...trace, parentId: randomHex(PARENT_ID_BYTES) };
}

export function formatTrace({ traceId, parentId, isSampled }: TraceContext): string {
  return `00-${traceId}-${parentId}-${isSampled ? "01" : "00"}`;
}

function randomHex(bytes: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(bytes)));
}

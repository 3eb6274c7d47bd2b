import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import type { Pace } from "./kv-pace.ts";
import { collectBytes, StoreError } from "./object-store.ts";

const ATTEMPTS = 3;
const RETRY_PAUSE_MS = 1000;
const TIMEOUT_MS = 30_000;
const MAX_SHOWN_BODY = 65_536;
/** KV's largest value, in bytes: https://developers.cloudflare.com/kv/platform/limits/ */
const MAX_ANSWER = 26_214_400;

export interface KvCall {
  readonly method: string;
  readonly url: string;
  readonly apiToken: string;
  readonly body?: string;
  /** If it is missing, the call has 30 seconds. */
  readonly signal?: AbortSignal;
}

export interface KvAnswer {
  readonly status: number;
  readonly body: string;
  /** Undefined if the answer does not say when to call again. */
  readonly retryAfterMs?: number;
}

/** Makes one call, and returns its answer, whatever its status is. Throws `StoreError` if there is none. */
export type AskKv = (call: KvCall) => Promise<KvAnswer>;

/** A namespace, and how it is asked. */
export interface KvNamespace {
  readonly url: string;
  readonly apiToken: string;
  readonly ask: AskKv;
}

const TOO_MANY_REQUESTS = 429;
const SECONDS = /^\d{1,9}$/;
const MS_PER_SECOND = 1000;

/** Asks at a pace. If KV refuses a call, the next ones wait for as long as it says. */
export function pacedAsk(pace: Pace): AskKv {
  return async (call) => {
    await pace.turn();
    const answer = await askKv(call);
    if (answer.status === TOO_MANY_REQUESTS) pace.hold(answer.retryAfterMs);
    return answer;
  };
}

/** Runs `attempt` up to three times. */
export async function withKvRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS * count));
    }
  }
}

/** Asks at once. Throws `StoreError` if there is no answer. */
export async function askKv({ method, url, apiToken, body, signal }: KvCall): Promise<KvAnswer> {
  const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };
  const limit = signal ?? AbortSignal.timeout(TIMEOUT_MS);
  const init = { method, headers, signal: limit, ...(body === undefined ? {} : { body }) };
  const answer = await readAnswer(url, init).catch((cause: unknown) => {
    throw new StoreError(`${method} ${url} got no answer`, { cause });
  });
  const { bytes, ...rest } = answer;
  if (bytes) return { ...rest, body: bytes.toString() };
  throw new StoreError(`${method} ${url} answered more than ${MAX_ANSWER} bytes`);
}

async function readAnswer(url: string, init: RequestInit) {
  const { status, headers, body } = await fetch(url, init);
  const bytes = body ? await collectBytes(body, MAX_ANSWER) : Buffer.alloc(0);
  return { status, bytes, ...retryAfter(headers.get("retry-after") ?? "") };
}

/** Cloudflare writes seconds, and no date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(text: string): Pick<KvAnswer, "retryAfterMs"> {
  return SECONDS.test(text) ? { retryAfterMs: Number(text) * MS_PER_SECOND } : {};
}

/** Makes one call. Returns the body of its answer, which is JSON. Throws `StoreError` if it is no success. */
export async function callKv(call: KvCall, ask: AskKv = askKv): Promise<string> {
  const answer = await ask(call);
  if (!isSuccess(answer.status) || !isCompleteSuccess(answer.body)) throw refusal(call, answer);
  return answer.body;
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

export function refusal({ method, url }: KvCall, { status, body }: KvAnswer): StoreError {
  return new StoreError(`${method} ${url} answered ${status}: ${body.slice(0, MAX_SHOWN_BODY)}`, { status });
}

/** A call may succeed although some keys failed. The answer lists these keys. */
function isCompleteSuccess(body: string): boolean {
  const { success, result } = parseJsonObject(body) ?? {};
  const failed = isJsonObject(result) ? jsonMembers(result["unsuccessful_keys"]) : [];
  return success === true && failed.length === 0;
}

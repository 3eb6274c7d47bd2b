import { isJsonObject, isListOf, parseJson } from "../../protocol/json-object.ts";
import type { SignatureProblem } from "../../protocol/signature.ts";

/** The scripted origin's answer to the build call for one image. */
export interface Script {
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds before the status. Like a frozen process, the origin accepts the connection and says nothing. */
  readonly muteMs?: number;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly send: string; readonly times?: number }
  | { readonly waitMs: number }
  /** Closes the connection in the middle of the answer. */
  | { readonly cut: true };

/** Reads a script that a test sends. Throws if it is malformed. */
export function parseScript(text: string): Script {
  const script = parseJson(text);
  if (!isScript(script)) throw new Error(`not a script: ${text}`);
  return script;
}

/** The tests are of the same release, so only the outline is checked. */
function isScript(value: unknown): value is Script {
  return isJsonObject(value) && isListOf(value["steps"], isStep);
}

function isStep(value: unknown): value is Step {
  return isJsonObject(value) && ["send", "waitMs", "cut"].some((member) => Object.hasOwn(value, member));
}

/** One build call as it arrived. */
export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  /** Id and secret of a service token, joined by a colon. */
  readonly accessToken: string;
  readonly traceparent: string | undefined;
  readonly client: string | undefined;
  readonly body: string;
  readonly signature: "valid" | SignatureProblem;
  /** Whether the caller stayed until every step was done. */
  readonly finished: boolean;
}

/**
 * A call's packages are the key of its script, so that parallel tests do not disturb each other. A test can have several
 * origins: each path below the origin's address is one. Then the path comes before the packages, as in `a/git`. Calls
 * for a layer have the key `blobs/<digest>`, and questions for notices have the key `builds`. Without a script, the answer
 * to both is 404.
 */
export function scriptPath(packages: string): string {
  return `/scripts/${encodeURIComponent(packages)}`;
}

export function callsPath(packages: string): string {
  return `/calls/${encodeURIComponent(packages)}`;
}

export const ORIGIN_SECRET = "a secret that only tests know, long enough";

declare module "vitest" {
  export interface ProvidedContext {
    readonly originUrl: string;
  }
}

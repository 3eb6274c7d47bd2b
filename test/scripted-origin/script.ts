import type { SignatureProblem } from "../../protocol/signature.ts";

/** What the scripted origin does with the build call for one image. */
export interface Script {
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly send: string; readonly times?: number }
  | { readonly waitMs: number }
  /** Closes the connection in the middle of the answer. */
  | { readonly cut: true };

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
 * Calls are told apart by the packages that they ask for, so that tests running at once do not meet. Below the origin's
 * address there are as many further ones as a test likes: the packages then have the path before them, as in `a/git`.
 * Calls for a layer are those for `blobs/<digest>`; there is none unless a test says so.
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

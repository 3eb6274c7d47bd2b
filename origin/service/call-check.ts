import type { ContentfulStatusCode } from "hono/utils/http-status";
import {
  checkSignature,
  SIGNATURE_HEADER,
  type SignatureProblem,
  type SignedCall,
  TIMESTAMP_HEADER,
} from "../../protocol/signature.ts";

/** An answer for a caller that is not the Worker, or for a Worker with wrong settings. */
export class CallError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const SIGNATURE_ADVICE: Readonly<Record<SignatureProblem, string>> = {
  missing: `the call is not signed: ${TIMESTAMP_HEADER} and ${SIGNATURE_HEADER} are required`,
  expired: "the call's timestamp is more than five minutes off; check the clocks of both sides",
  wrong: "the signature is wrong; ORIGIN_SECRET of the Worker and CORNICE_ORIGIN_SECRET must be equal",
};

/**
 * Throws `CallError` if none of the secrets signed the call, or if its timestamp is too far off. `nowS`: seconds since
 * the epoch.
 */
export async function checkCall(
  { method, url, headers }: Request,
  body: string,
  secrets: readonly string[],
  nowS: number,
): Promise<void> {
  const { pathname, search } = new URL(url);
  const timestamp = headers.get(TIMESTAMP_HEADER) ?? "";
  const call: SignedCall = { method, path: pathname + search, timestamp, body };
  const problem = await checkSignature(secrets, call, headers.get(SIGNATURE_HEADER) ?? "", nowS);
  if (problem) throw new CallError(401, "UNAUTHORIZED", SIGNATURE_ADVICE[problem]);
}

import { DEPLOYMENT_CHECK_PATH, type EdgeReport, parseEdgeReport } from "../../protocol/deployment-check.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { HEALTH_PATH, releaseIn } from "../../protocol/release.ts";
import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../protocol/signature.ts";
import { dateOf } from "./clock.ts";
import { errorText } from "./finding.ts";

/** What the Worker answered. */
export interface WorkerAnswer {
  /** Undefined if there was no answer. */
  readonly status?: number;
  /** The release that `/healthz` names. */
  readonly release?: string;
  /** The answer's `Date`; milliseconds since the epoch. */
  readonly dateMs?: number;
  /** Undefined if the Worker gave no report. */
  readonly report?: EdgeReport;
  /** Why there is no report. */
  readonly refusal?: string;
}

const TIMEOUT_MS = 30_000;
const MS_PER_S = 1000;
const MAX_TEXT = 65_536;

/** Asks the Worker for its release and for a report, signed with the origin's secret. */
export async function askWorker(registry: URL, secret: string, value: string): Promise<WorkerAnswer> {
  try {
    const health = await fetch(new URL(HEALTH_PATH, registry), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const release = releaseIn((await health.text()).slice(0, MAX_TEXT));
    const response = await fetch(new URL(DEPLOYMENT_CHECK_PATH, registry), await signedCheck(secret, value));
    const text = (await response.text()).slice(0, MAX_TEXT);
    const report = response.ok ? parseEdgeReport(parseJsonObject(text)) : undefined;
    const dateMs = dateOf(response);
    return {
      status: response.status,
      ...(release !== undefined && { release }),
      ...(dateMs !== undefined && { dateMs }),
      ...(report ? { report } : { refusal: text }),
    };
  } catch (error) {
    return { refusal: errorText(error) };
  }
}

async function signedCheck(secret: string, value: string): Promise<RequestInit> {
  const body = JSON.stringify({ value });
  const timestamp = String(Math.floor(Date.now() / MS_PER_S));
  const signature = await signCall(secret, { method: "POST", path: DEPLOYMENT_CHECK_PATH, timestamp, body });
  const headers = { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: signature };
  return { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) };
}

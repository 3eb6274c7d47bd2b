import { createKvIndex } from "../../origin/stores/kv-index.ts";
import { StoreError } from "../../origin/stores/object-store.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { isCausedBy } from "../../origin/system/error-code.ts";
import type { KvSettings, R2Settings } from "../../origin/stores/settings.ts";
import { PROBE_KEY, probeCacheKey } from "../../protocol/deployment-check.ts";
import { clockFinding, dateOf } from "./clock.ts";
import { errorText, type Finding, ok, problem } from "./finding.ts";

/** What to do if nothing listens at the address of a store. */
export const START_REGISTRY = "if the registry runs on this machine, start it, and read its origin.env again";
/** KV keeps no key for a shorter time. */
const KV_SECONDS = 60;
const CLOCK_TIMEOUT_MS = 10_000;

/** Puts the value into the bucket. The Worker is asked for it later. */
export async function checkR2(settings: R2Settings, value: string): Promise<readonly Finding[]> {
  const { endpoint, bucket } = settings;
  const bytes = new TextEncoder().encode(value);
  const written = await findingOf(
    "r2",
    () => createR2Store(settings).put(PROBE_KEY, { kind: "bytes", bytes }, { contentType: "text/plain" }),
    `the bucket ${bucket} takes objects`,
    "check R2_ENDPOINT, R2_BUCKET and the token, which needs Object Read & Write for this bucket",
  );
  return [written, ...(await checkClock(endpoint))];
}

/** Puts the value into the namespace, for a minute. */
export function checkKv(settings: KvSettings, value: string): Promise<Finding> {
  return findingOf(
    "kv",
    () => createKvIndex(settings).put([{ key: probeCacheKey(value), value, expiration_ttl: KV_SECONDS }]),
    `the namespace ${settings.namespaceId} takes keys`,
    "check KV_API_URL, KV_NAMESPACE_ID and the token, which needs Workers KV Storage: Edit",
  );
}

async function findingOf(check: string, work: () => Promise<void>, good: string, advice: string): Promise<Finding> {
  try {
    await work();
    return ok(check, good);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return problem(check, errorText(error), isCausedBy(error, "ECONNREFUSED") ? START_REGISTRY : advice);
  }
}

/** Every answer has the store's time, also a refusal. */
async function checkClock(endpoint: string): Promise<readonly Finding[]> {
  try {
    const response = await fetch(endpoint, { method: "HEAD", signal: AbortSignal.timeout(CLOCK_TIMEOUT_MS) });
    const time = dateOf(response);
    return time === undefined ? [] : [clockFinding("R2", time, Date.now())];
  } catch {
    // That R2 cannot be reached is a finding already.
    return [];
  }
}

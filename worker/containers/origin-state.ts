import { HEALTH_PATH } from "../../protocol/release.ts";
import { readStart } from "../requests/lines.ts";

/** The origin of a container, at its port. */
export type OriginPort = Pick<Fetcher, "fetch">;

/**
 * What the origin does: it builds; it does nothing, and its disk is fine; it does nothing, but is not ready; or it does not
 * answer.
 */
export type OriginState = "builds" | "rests" | "is not ready" | "is silent";

/** The name does not matter: the port is that of one container. */
const ADDRESS = "http://origin";
const ANSWER_MS = 5000;
const POLL_MS = 300;
/** The metrics of an origin have some ten thousand characters. A longer answer counts as none. */
const MAX_ANSWER_LENGTH = 1_000_000;
/** docs/operating.md has the metrics of an origin. Each phase of a build has a line. */
const BUILDS_UNDER_WAY = /^cornice_builds_under_way\{[^}]*\} (\S+)$/gm;

/** Resolves when the origin answers. Throws when the signal aborts first. */
export async function untilHealthy(port: OriginPort, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await ask(port, HEALTH_PATH, signal))?.ok) return;
    await scheduler.wait(POLL_MS);
  }
}

/** Asks the origin for its metrics, and whether it is ready. Never throws. */
export async function originState(port: OriginPort): Promise<OriginState> {
  const metrics = await ask(port, "/metrics");
  if (!metrics?.ok) return "is silent";
  if (countBuilds(metrics.text) > 0) return "builds";
  return (await ask(port, "/readyz"))?.ok ? "rests" : "is not ready";
}

/** The number of builds in metrics in Prometheus' text format. A number that cannot be read counts as a build. */
export function countBuilds(metrics: string): number {
  const counts = Array.from(metrics.matchAll(BUILDS_UNDER_WAY), ([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + (Number.isNaN(count) ? 1 : count), 0);
}

/** Undefined if there is no whole answer in time. */
async function ask(port: OriginPort, path: string, signal?: AbortSignal) {
  const limit = AbortSignal.timeout(ANSWER_MS);
  const either = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    const { ok, body } = await port.fetch(`${ADDRESS}${path}`, { signal: either });
    const text = body ? await readStart(body, MAX_ANSWER_LENGTH) : "";
    return text.length < MAX_ANSWER_LENGTH ? { ok, text } : undefined;
  } catch {
    return undefined;
  }
}

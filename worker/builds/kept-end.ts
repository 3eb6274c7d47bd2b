import type { BuildState } from "../../protocol/build-state.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { parseBuildState } from "../../protocol/parse-build-state.ts";

/** So long a build that has ended can be looked at. */
const KEPT_MS = 24 * 3_600_000;
/** A value in storage has at most 2 MB, with its key. */
const PIECE_BYTES = 1024 * 1024;
/** With the version of what is kept: a later one does not read what it may not understand. */
const PREFIX = "end/1/";

/** Keeps a build that has ended, in the place of the one before, and sets the alarm for its removal. */
export async function keepEnd(storage: DurableObjectStorage, state: EndedState): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  const pieces = Array.from({ length: count }, (_, index): [string, Uint8Array] => [
    `${PREFIX}${String(index).padStart(3, "0")}`,
    bytes.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  ]);
  await storage.deleteAll();
  await storage.put(Object.fromEntries(pieces));
  await storage.setAlarm(state.end.at + KEPT_MS);
}

/** The build that was kept. */
export async function readEnd(storage: DurableObjectStorage): Promise<EndedState | undefined> {
  const pieces = await storage.list<Uint8Array<ArrayBuffer>>({ prefix: PREFIX });
  if (pieces.size === 0) return undefined;
  const state = parseBuildState(parseJson(await new Blob([...pieces.values()]).text()));
  return state && hasEnded(state) ? state : undefined;
}

/** What an alarm does while no build is running: removes a build that was kept long enough or cannot be read, or waits. */
export async function removeOldEnd(storage: DurableObjectStorage, nowMs: number): Promise<void> {
  const kept = await readEnd(storage);
  const untilMs = kept ? kept.end.at + KEPT_MS : nowMs;
  await (untilMs > nowMs ? storage.setAlarm(untilMs) : storage.deleteAll());
}

export type EndedState = BuildState & Required<Pick<BuildState, "end">>;

export function hasEnded(state: BuildState): state is EndedState {
  return state.end !== undefined;
}

/** Whether two builds ended with one image. */
export function isSameImage({ end: { outcome: one } }: EndedState, { end: { outcome: other } }: EndedState): boolean {
  return one.event === "image" && other.event === "image" && one.manifests.oci === other.manifests.oci;
}

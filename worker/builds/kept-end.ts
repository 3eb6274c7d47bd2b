import type { BuildState } from "../../protocol/build-state.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { parseBuildState } from "../../protocol/parse-build-state.ts";

/** People can look at a build for this time after its end. */
const KEPT_MS = 24 * 3_600_000;
/** Storage takes at most 2 MB for a value and its key. */
const PIECE_BYTES = 1024 * 1024;
/** The 1 is the version of the stored form. Another version of the Worker does not read it. */
const PREFIX = "end/1/";

/** Stores a build that has ended, in place of the last one. Sets the alarm for its removal. */
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

/** The stored build; undefined if there is none, or if it cannot be read. */
export async function readEnd(storage: DurableObjectStorage): Promise<EndedState | undefined> {
  const pieces = await storage.list<Uint8Array<ArrayBuffer>>({ prefix: PREFIX });
  if (pieces.size === 0) return undefined;
  const state = parseBuildState(parseJson(await new Blob([...pieces.values()]).text()));
  return state && hasEnded(state) ? state : undefined;
}

/** Removes the stored build if it is too old or cannot be read. Otherwise sets the alarm for its removal. */
export async function removeOldEnd(storage: DurableObjectStorage, nowMs: number): Promise<void> {
  const kept = await readEnd(storage);
  const untilMs = kept ? kept.end.at + KEPT_MS : nowMs;
  await (untilMs > nowMs ? storage.setAlarm(untilMs) : storage.deleteAll());
}

export type EndedState = BuildState & Required<Pick<BuildState, "end">>;

export function hasEnded(state: BuildState): state is EndedState {
  return state.end !== undefined;
}

/** Whether two builds ended with the same image. */
export function isSameImage({ end: { outcome: one } }: EndedState, { end: { outcome: other } }: EndedState): boolean {
  return one.event === "image" && other.event === "image" && one.manifests.oci === other.manifests.oci;
}

import { sha256Hex } from "../../protocol/hex.ts";
import { isJsonObject } from "../../protocol/json-object.ts";

/** What the object remembers of the container that runs. */
export interface RunningRecord {
  /** What it was started with: a digest of its image, its size and its settings. */
  readonly startedWith: string;
  /** Whether it has been told to stop, since it was started with something else than now. */
  readonly isRetired: boolean;
}

/** Undefined if nothing is stored, or another form. */
export function parseRunningRecord(stored: unknown): RunningRecord | undefined {
  if (!isJsonObject(stored)) return undefined;
  const { startedWith, isRetired } = stored;
  return typeof startedWith === "string" && typeof isRetired === "boolean" ? { startedWith, isRetired } : undefined;
}

/** Whether a container must make room for one with the present image and settings. It is told once. */
export function mustRetire(record: RunningRecord | undefined, startedWith: string): boolean {
  return record !== undefined && !record.isRetired && record.startedWith !== startedWith;
}

/** SHA-256 in hex. Settings have secrets, and no secret is stored. */
export function digestOf(start: ContainerStartupOptions): Promise<string> {
  return sha256Hex(JSON.stringify(start));
}

import { logFailure } from "../answers/errors.ts";
import type { TierLog } from "./tiers.ts";

/** Lets work go on after the request was answered or given up. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** Everything from which an admitted request is answered. `Settings` are the settings that the answer needs. */
export interface RequestContext<Settings = unknown> {
  readonly config: Settings;
  readonly request: Request;
  readonly waitUntil: WaitUntil;
  readonly tiers: TierLog;
}

/** Lets work go on in the background. If it fails, the failure is logged. */
export function inBackground(
  { waitUntil }: Pick<RequestContext, "waitUntil">,
  what: string,
  work: Promise<unknown>,
): void {
  waitUntil(work.catch((error: unknown) => logFailure(`${what} failed`, error)));
}

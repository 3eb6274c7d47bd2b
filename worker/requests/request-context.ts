import { logFailure } from "../answers/errors.ts";
import type { TierLog } from "./tiers.ts";

/** Lets work go on after its request has been answered or given up. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** What the answer to a request that has been let in is made from, with the settings that the answer needs. */
export interface RequestContext<Settings = unknown> {
  readonly config: Settings;
  readonly request: Request;
  readonly waitUntil: WaitUntil;
  readonly tiers: TierLog;
}

/** Does work that nobody waits for; its failure goes to the log. */
export function inBackground(
  { waitUntil }: Pick<RequestContext, "waitUntil">,
  what: string,
  work: Promise<unknown>,
): void {
  waitUntil(work.catch((error: unknown) => logFailure(`${what} failed`, error)));
}

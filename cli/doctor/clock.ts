import { SIGNATURE_VALIDITY_S } from "../../protocol/signature.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const MS_PER_S = 1000;
/** A network's delays are below this. */
const USUAL_S = 10;
const ADVICE = 'set this machine\'s clock, for example with "timedatectl set-ntp true"';

/** Compares this machine's clock with another's; milliseconds since the epoch. Calls are signed with the time. */
export function clockFinding(whose: string, theirsMs: number, oursMs: number): Finding {
  const seconds = Math.round((oursMs - theirsMs) / MS_PER_S);
  const text = `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} ${whose}`;
  if (Math.abs(seconds) <= USUAL_S) return ok("clock", `this machine's clock agrees with ${whose}`);
  if (Math.abs(seconds) < SIGNATURE_VALIDITY_S) return warning("clock", text, ADVICE);
  return problem("clock", `${text}; no signed call is accepted`, ADVICE);
}

/** The time in an answer's `Date`. Undefined if it has none. */
export function dateOf({ headers }: Response): number | undefined {
  const ms = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

import { parseJsonObject } from "../../protocol/json-object.ts";

/** The words before workerd's own, such as `workerd/util/sqlite.c++:914: failed: SQLite failed; `. */
const PLACE = /^(?:\S+\.(?:c\+\+|h|rs):\d+: )?(?:failed: )?/;
const HEADING = "*** Uncaught exception ***";

/**
 * Why the edge did not start, in one line for the operator. Miniflare's error repeats the log of workerd, whose lines are
 * JSON with a `message`. See `StartupLogBuffer` in Miniflare.
 */
export function startFailure(error: unknown, state: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const [reason = text] = text.split("\n").flatMap(messageIn);
  return `the registry cannot start with ${state}: ${reason}`;
}

function messageIn(line: string): string[] {
  const { message } = parseJsonObject(line) ?? {};
  if (typeof message !== "string") return [];
  const first = message.split("\n").find((each) => each !== HEADING && each !== "");
  return first === undefined ? [] : [first.replace(PLACE, "")];
}

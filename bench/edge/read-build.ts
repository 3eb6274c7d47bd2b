import { parseEvent } from "../../protocol/build-events.ts";
import { readLines } from "../../worker/requests/lines.ts";

/** Reads a build's log from an origin to its end, as the Worker does, in a process of its own. */
const [, , url = ""] = process.argv;
const { body } = await fetch(url, { method: "POST" });
if (!body) throw new Error("the origin's answer is empty");
for await (const line of readLines(body, 1 << 16)) parseEvent(line);

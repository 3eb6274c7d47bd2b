import { parseEvent } from "../../protocol/build-events.ts";
import { readLines } from "../../worker/requests/lines.ts";

/** A separate process that reads the whole log of a build from an origin, as the Worker does. */
const [, , url = ""] = process.argv;
const { body } = await fetch(url, { method: "POST" });
if (!body) throw new Error("the origin's answer is empty");
for await (const line of readLines(body, 1 << 16)) parseEvent(line);

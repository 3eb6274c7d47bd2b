import { argv } from "node:process";
import { jsonMembers, parseJson } from "../../protocol/json-object.ts";
import { openChannel } from "./channel-fetch.ts";

/**
 * A separate process, which a test can kill. Fetches the revision of a channel's tag `latest`. Argument: the settings as a
 * JSON list of names and values. Prints each line of the log.
 */
const pairs = jsonMembers(parseJson(argv[2] ?? "")).map(jsonMembers);
await using channel = openChannel(Object.fromEntries(pairs.map(([name, value]) => [String(name), String(value)])));
const revision = await channel.resolve("latest");
await revision.fetch((event) => event.event === "log" && console.log(event.line));

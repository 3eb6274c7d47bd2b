import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { formatEvent } from "../../protocol/build-events.ts";

/** An origin whose builds print log lines until `endBuilds`. */
export interface TalkativeOrigin {
  readonly url: string;
  /** Resolves when a build has begun. */
  begun(): Promise<unknown>;
  /** Ends all builds. Returns the number of lines that were sent. */
  endBuilds(): number;
  close(): Promise<void>;
}

/** These make 500 lines a second. Nix prints no more than this in its busiest moments. */
const LINES_AT_ONCE = 10;
const PAUSE_MS = 20;
const LINE = formatEvent({
  event: "log",
  line: "building: copying path to the store and checking its hash ".repeat(2),
});

export async function startTalkativeOrigin(): Promise<TalkativeOrigin> {
  const builds = new Map<ServerResponse, number>();
  const server = createServer((request, response) => {
    request.resume();
    builds.set(response, 0);
    server.emit("build");
    void talk(response, builds);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the origin has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    begun: () => once(server, "build"),
    endBuilds() {
      const lines = [...builds.values()].reduce((sum, count) => sum + count, 0);
      builds.clear();
      return lines;
    },
    async close() {
      builds.clear();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function talk(response: ServerResponse, builds: Map<ServerResponse, number>): Promise<void> {
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  response.write(formatEvent({ event: "queued" }));
  for (let sent = builds.get(response); sent !== undefined; sent = builds.get(response)) {
    response.write(LINE.repeat(LINES_AT_ONCE));
    builds.set(response, sent + LINES_AT_ONCE);
    await setTimeout(PAUSE_MS);
  }
  response.end(formatEvent({ event: "error", code: "MANIFEST_UNKNOWN", message: "the measurement is over" }));
}

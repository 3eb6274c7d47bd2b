import { type BuildEvent, formatEvent, HEARTBEAT_INTERVAL_MS } from "../protocol/build-events.ts";
import type { Listener } from "./builds/build-queue.ts";

/** A reader this many events behind is spared what only tells how it gets on, until it has caught up. */
const MAX_BACKLOG = 1000;

/**
 * The events of a build as NDJSON: `queued` at once, heartbeats, and the end of the stream after the
 * outcome. `subscribe` is `BuildQueue.join` for one request.
 */
export function eventStream(subscribe: (listener: Listener) => Promise<() => void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let leave: (() => void) | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let ended = false;

  function end(): void {
    ended = true;
    clearInterval(heartbeat);
    leave?.();
  }

  return new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (event: BuildEvent): void => {
        const isLate = (controller.desiredSize ?? 0) < -MAX_BACKLOG;
        if (ended || (isLate && isDispensable(event))) return;
        controller.enqueue(encoder.encode(formatEvent(event)));
        if (event.event !== "image" && event.event !== "error") return;
        end();
        controller.close();
      };
      send({ event: "queued" });
      heartbeat = setInterval(() => send({ event: "heartbeat" }), HEARTBEAT_INTERVAL_MS);
      try {
        leave = await subscribe(send);
      } catch (error) {
        end();
        throw error;
      }
      // It may have ended, or the client left, while we were waiting.
      if (ended) end();
    },
    cancel: end,
  });
}

/** Log lines, and that work begins; that it has ended is told, so that nothing is shown as under way for ever. */
function isDispensable(event: BuildEvent): boolean {
  return event.event === "log" || (event.event === "work" && event.state === "started");
}

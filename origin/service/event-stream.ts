import {
  type BuildEvent,
  type BuildListener,
  formatEvent,
  HEARTBEAT_INTERVAL_MS,
  isOutcome,
} from "../../protocol/build-events.ts";

/** A reader this many events behind is spared what only tells how it gets on, until it has caught up. */
const MAX_BACKLOG = 1000;
/** Of the log lines that it is spared, the last ones wait for it: what a log ends with is what it is read for. */
const MAX_HELD_LINES = 500;

/**
 * The events of a build as NDJSON: `queued` at once, heartbeats, and the end of the stream after the
 * outcome. `subscribe` is `BuildQueue.join` for one request.
 */
export function eventStream(subscribe: (listener: BuildListener) => Promise<() => void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let leave: (() => void) | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let ended = false;

  function end(): void {
    ended = true;
    clearInterval(heartbeat);
    leave?.();
  }

  const held: BuildEvent[] = [];

  function release(controller: ReadableStreamDefaultController<Uint8Array>): void {
    for (const event of held.splice(0)) controller.enqueue(encoder.encode(formatEvent(event)));
  }

  function hold(event: BuildEvent): void {
    if (event.event !== "log") return;
    held.push(event);
    if (held.length > MAX_HELD_LINES) held.shift();
  }

  return new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (event: BuildEvent): void => {
        if (ended) return;
        const isLate = (controller.desiredSize ?? 0) < -MAX_BACKLOG;
        if (isLate && isDispensable(event)) return hold(event);
        if (!isLate || isOutcome(event)) release(controller);
        controller.enqueue(encoder.encode(formatEvent(event)));
        if (!isOutcome(event)) return;
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
    pull: release,
    cancel: end,
  });
}

/** Log lines, and that work begins; that it has ended is told, so that nothing is shown as under way for ever. */
function isDispensable(event: BuildEvent): boolean {
  return event.event === "log" || (event.event === "work" && event.state === "started");
}

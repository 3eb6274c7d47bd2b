import {
  type BuildEvent,
  type BuildListener,
  formatEvent,
  HEARTBEAT_INTERVAL_MS,
  isOutcome,
} from "../../protocol/build-events.ts";

/** If a reader is this many events behind, it gets no progress events until it has caught up. */
const MAX_BACKLOG = 1000;
/** A slow reader still gets the last log lines when it has caught up: the end of a log matters most. */
const MAX_HELD_LINES = 500;

/**
 * Streams the events of a build as NDJSON. `queued` comes at once, heartbeats come in between, and the stream ends
 * after the outcome. `subscribe` is `BuildQueue.join` for one request.
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
      // The build may have ended, or the client left, during the wait.
      if (ended) end();
    },
    pull: release,
    cancel: end,
  });
}

/**
 * A slow reader may miss log lines, bytes of downloads and the start of work. It gets the end of work, or work would seem to run for ever.
 */
function isDispensable(event: BuildEvent): boolean {
  if (event.event === "log" || event.event === "download") return true;
  return event.event === "work" && event.state === "started";
}

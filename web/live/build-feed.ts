import { applyEvents, type BuildMessage, type BuildState } from "../../protocol/build-state.ts";
import { parseBuildState } from "../../protocol/parse-build-state.ts";
import { ApiError, ask } from "../page/api.ts";
import { clockLead } from "./clock.ts";
import { parseBuildMessage } from "./messages.ts";
import { pauseBefore } from "./reconnect.ts";

/** The data of a build that the page shows. */
export interface Feed {
  /** Undefined until the registry has sent it. */
  readonly state?: BuildState;
  readonly connection: "connecting" | "open" | "lost" | "ended" | "unknown build";
  /** How far this machine's clock is ahead of the registry's, in milliseconds. */
  readonly lead?: number;
}

/**
 * The page may not notice that a connection was cut. So it sends a ping after this much silence. A connection that does not
 * open in this time is given up, too: a browser would wait for minutes.
 */
const SILENCE_MS = 10_000;
const ANSWER_MS = 5000;
/** The registry answers a ping without waking the build. */
const PING = "ping";
/** The registry closes a long connection with this code. The page then connects again at once. */
const COME_AGAIN = 1013;

/**
 * Follows a build until it has ended, or until the signal stops it. After a lost connection, the page connects again.
 * Each connection begins with the whole state, so the page misses nothing.
 */
export function followBuild(key: string, show: (feed: Feed) => void, signal: AbortSignal): void {
  let feed: Feed = { connection: "connecting" };
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current: WebSocket | undefined;

  function update(change: Partial<Feed>) {
    feed = { ...feed, ...change };
    if (!signal.aborted) show(feed);
  }
  function connect() {
    const socket = new WebSocket(`/api/builds/${key}/events`);
    current = socket;
    timer = setTimeout(renew, SILENCE_MS);
    socket.addEventListener("open", watch);
    socket.addEventListener("message", ({ data }) => {
      if (socket !== current) return;
      watch();
      const message = typeof data === "string" ? parseBuildMessage(data) : null;
      if (!message) return;
      failures = 0;
      update({ ...afterMessage(feed, message, Date.now()), connection: "open" });
      if (feed.state?.end) socket.close();
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket === current) void closed(code);
    });
  }
  /** Begins to wait for the next message. */
  function watch() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      current?.send(PING);
      timer = setTimeout(renew, ANSWER_MS);
    }, SILENCE_MS);
  }
  function renew() {
    current?.close();
    connect();
  }
  async function closed(code: number) {
    clearTimeout(timer);
    current = undefined;
    if (signal.aborted) return;
    if (feed.state?.end) return update({ connection: "ended" });
    if (code === COME_AGAIN) return connect();
    update({ connection: "lost" });
    update(await askState(key));
    if (feed.connection !== "lost" || signal.aborted) return;
    timer = setTimeout(connect, pauseBefore(++failures, Math.random()));
  }
  /** Connects at once, because the network is back, or because somebody looks at the page again. */
  function hurry() {
    if (feed.connection !== "lost" || current) return;
    clearTimeout(timer);
    connect();
  }
  connect();
  addEventListener("online", hurry, { signal });
  addEventListener("focus", hurry, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    current?.close();
  });
}

/** A refused WebSocket gives no reason. This call does: there is no such build, or it has too many followers. */
async function askState(key: string): Promise<Partial<Feed>> {
  try {
    const state = await ask(`/api/builds/${key}`, parseBuildState);
    return state.end ? { state, connection: "ended" } : { state };
  } catch (error) {
    return error instanceof ApiError && error.code === "NAME_UNKNOWN" ? { connection: "unknown build" } : {};
  }
}

/** The changes that a new message makes. */
export function afterMessage(feed: Feed, message: BuildMessage, now: number): Partial<Feed> {
  if (message.type === "state") return { state: message.state };
  const last = message.events.at(-1);
  if (!feed.state || !last) return {};
  return { state: applyEvents(feed.state, message.events), lead: clockLead(feed.lead, last.at, now) };
}

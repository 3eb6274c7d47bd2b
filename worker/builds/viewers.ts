import type { BuildMessage, BuildState, TimedEvent } from "../../protocol/build-state.ts";
import { OciError } from "../../protocol/oci-error.ts";

/** Sockets of one object, with the sockets that are closing. Each may hold a state and `MAX_SENT` in memory. */
const MAX_VIEWERS = 32;
/** The shortest time between two messages; milliseconds. */
const INTERVAL_MS = 100;
/** The most that a viewer gets in a second, in UTF-16 code units. So viewers see a long log with gaps. */
const MAX_RATE = 256 * 1024;
/** Limits of the pending events. Beyond them, viewers get the whole state instead, which has a limit. */
const MAX_PENDING_EVENTS = 500;
const MAX_PENDING_LENGTH = 64 * 1024;
/**
 * The most that one socket sends after the first state, in UTF-16 code units. If a viewer reads slowly, unread messages
 * wait in our memory, and the platform does not say how much that is. A viewer that has read everything connects again.
 */
const MAX_SENT = 1024 * 1024;

/** Close codes of WebSockets. After any code but `ENDED`, a viewer may connect again. */
const ENDED = 1000;
const LOST = 1012;
const COME_AGAIN = 1013;

type Sockets = Pick<DurableObjectState, "acceptWebSocket" | "getWebSockets">;

/** The browsers that follow a running build. */
export class Viewers {
  readonly #sockets: Sockets;
  readonly #state: () => BuildState;
  /** How much each socket has sent since its first state; UTF-16 code units. */
  readonly #sent = new Map<WebSocket, number>();
  #pending: TimedEvent[] = [];
  #pendingLength = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** The earliest time of the next message. Milliseconds since the epoch. */
  #nextMs = 0;

  /** `state` returns the build's state with all its events so far. */
  constructor(sockets: Sockets, state: () => BuildState) {
    this.#sockets = sockets;
    this.#state = state;
  }

  /** Opens a socket, sends the state over it, and later all events. Throws `TOOMANYREQUESTS`. */
  add(): Response {
    const { response, socket } = accept(this.#sockets);
    // The state already has the pending events. So they go to the other viewers first.
    this.#flush();
    socket.send(formatMessage({ type: "state", state: this.#state() }));
    this.#sent.set(socket, 0);
    return response;
  }

  remove(socket: WebSocket): void {
    this.#sent.delete(socket);
  }

  /** Passes an event on. The build must have it already. */
  tell(event: TimedEvent): void {
    if (this.#sent.size === 0 || event.event.event === "heartbeat") return;
    this.#pendingLength += "line" in event.event ? event.event.line.length : 0;
    if (!this.#isTooMuch) this.#pending.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#nextMs - Date.now()));
  }

  /** Passes the outcome on, and closes all sockets. The build must have its outcome already. */
  end(): void {
    const { end } = this.#state();
    if (end) this.tell({ at: end.at, event: end.outcome });
    this.#flush();
    for (const socket of this.#sent.keys()) socket.close(ENDED, "the build has ended");
    this.#sent.clear();
  }

  get #isTooMuch(): boolean {
    return this.#pending.length >= MAX_PENDING_EVENTS || this.#pendingLength > MAX_PENDING_LENGTH;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#pending.length === 0 && !this.#isTooMuch) return;
    const message: BuildMessage = this.#isTooMuch
      ? { type: "state", state: this.#state() }
      : { type: "events", events: this.#pending };
    const text = formatMessage(message);
    this.#pending = [];
    this.#pendingLength = 0;
    this.#nextMs = Date.now() + Math.max(INTERVAL_MS, (text.length / MAX_RATE) * 1000);
    for (const [socket, sent] of this.#sent) this.#send(socket, text, sent + text.length);
  }

  #send(socket: WebSocket, text: string, sent: number): void {
    try {
      socket.send(text);
    } catch {
      // The connection broke off. The platform is about to report this.
      return this.remove(socket);
    }
    this.#sent.set(socket, sent);
    if (sent <= MAX_SENT) return;
    this.#sent.delete(socket);
    socket.close(COME_AGAIN, "read on over a new connection");
  }
}

/** Sends the state of a build that has ended over a new socket, and closes it. Throws `TOOMANYREQUESTS`. */
export function showEnd(sockets: Sockets, state: BuildState): Response {
  const { response, socket } = accept(sockets);
  socket.send(formatMessage({ type: "state", state }));
  socket.close(ENDED, "the build has ended");
  return response;
}

/** Closes sockets whose build was lost with its object. */
export function closeLost(sockets: readonly WebSocket[]): void {
  for (const socket of sockets) socket.close(LOST, "the build was lost");
}

function accept(sockets: Sockets): { readonly response: Response; readonly socket: WebSocket } {
  if (sockets.getWebSockets().length >= MAX_VIEWERS)
    throw new OciError("TOOMANYREQUESTS", "this build has too many viewers; ask for its state now and then instead");
  const { 0: client, 1: socket } = new WebSocketPair();
  sockets.acceptWebSocket(socket);
  return { response: new Response(null, { status: 101, webSocket: client }), socket };
}

function formatMessage(message: BuildMessage): string {
  return JSON.stringify(message);
}

import { expect } from "vitest";
import { applyEvents, type BuildMessage, type BuildState } from "../../../protocol/build-state.ts";
import { parseBuildMessage } from "../../../web/live/messages.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { callWorker } from "../client.ts";

/** The messages that a browser has received about a build. */
export interface Follower {
  readonly socket: WebSocket;
  readonly messages: readonly BuildMessage[];
  /** The state that the page computes from all messages. */
  readonly state: () => BuildState | undefined;
  /** Resolves with the close code of the socket. */
  readonly closed: Promise<number>;
}

export function eventsPath(key: string): string {
  return `/api/builds/${key}/events`;
}

/** Opens the WebSocket of a build as a browser does. */
export async function follow(key: string, settings: Partial<Bindings> = {}): Promise<Follower> {
  const response = await callWorker(settings, eventsPath(key), { headers: { Upgrade: "websocket" } }).response;
  expect(response.status).toBe(101);
  const socket = response.webSocket;
  if (!socket) throw new Error("the answer has no WebSocket");
  return listen(socket);
}

function listen(socket: WebSocket): Follower {
  const messages: BuildMessage[] = [];
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
  socket.addEventListener("message", ({ data }) => {
    if (data !== "pong") messages.push(readMessage(String(data)));
  });
  socket.accept();
  return { socket, messages, closed, state: () => messages.reduce<BuildState | undefined>(applyMessage, undefined) };
}

function readMessage(text: string): BuildMessage {
  const message = parseBuildMessage(text);
  if (!message) throw new Error(`the page cannot read this message: ${text}`);
  return message;
}

function applyMessage(state: BuildState | undefined, message: BuildMessage): BuildState | undefined {
  if (message.type === "state") return message.state;
  return state && applyEvents(state, message.events);
}

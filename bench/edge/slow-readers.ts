import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Target } from "./wrk.ts";

/** Clients that read a body slowly, each over a connection of its own. */
export interface SlowReaders {
  /** How many readers have received a part of the body. */
  reading(): number;
  /** In bytes, of all readers. */
  received(): number;
  close(): void;
}

/** Each reader pauses this long after each chunk of up to 64 KiB. */
const PAUSE_MS = 1000;
/** Some machines let only few connections wait to be accepted. */
const CONNECTS_AT_ONCE = 50;

export async function startSlowReaders(target: Target, count: number): Promise<SlowReaders> {
  const sizes = new Map<Socket, number>();
  while (sizes.size < count) {
    const batch = Array.from({ length: Math.min(CONNECTS_AT_ONCE, count - sizes.size) }, () => open(target, sizes));
    await Promise.all(batch.map((socket) => once(socket, "connect")));
  }
  return {
    reading: () => [...sizes.values()].filter((size) => size > MAX_HEAD_BYTES).length,
    received: () => [...sizes.values()].reduce((sum, size) => sum + size, 0),
    close() {
      for (const socket of sizes.keys()) socket.destroy();
    },
  };
}

/** In bytes. The head of a response has fewer. */
const MAX_HEAD_BYTES = 4096;

function open({ host, path, hostHeader = host }: Target, sizes: Map<Socket, number>): Socket {
  const [hostname = "", port] = host.split(":");
  const socket = connect(Number(port), hostname);
  sizes.set(socket, 0);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostHeader}\r\n\r\n`);
  socket.on("data", (chunk) => {
    sizes.set(socket, (sizes.get(socket) ?? 0) + chunk.length);
    socket.pause();
    setTimeout(() => socket.resume(), PAUSE_MS);
  });
  return socket;
}

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A connection to a registry. A test can cut it. */
export interface Line extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly port: number;
  /** Ends all connections, and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  /** The next WebSocket gets no answer. */
  swallowWebSocket(): void;
}

const LOOPBACK = "127.0.0.1";

/** Opens a port that passes bytes on to a host. `address` says who reaches it: this machine alone, if it is left out. */
export async function layLine(target: string, address = LOOPBACK): Promise<Line> {
  const [hostname = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  let isCut = false;
  let swallows = false;
  const server = createServer((socket) => {
    if (isCut) return socket.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    if (swallows) {
      socket.once("data", (bytes: Buffer) => {
        if (!/^upgrade: websocket/im.test(bytes.toString("latin1"))) return;
        swallows = false;
        far.unpipe(socket);
      });
    }
    return undefined;
  });
  server.listen(0, address);
  await once(server, "listening");
  const listening = server.address();
  if (listening === null || typeof listening === "string") throw new Error("the line has no port");
  const { port: ownPort } = listening;
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `${LOOPBACK}:${ownPort}`,
    port: ownPort,
    cut() {
      isCut = true;
      end();
    },
    mend() {
      isCut = false;
    },
    swallowWebSocket() {
      swallows = true;
    },
    async [Symbol.asyncDispose]() {
      end();
      server.close();
      await once(server, "close");
    },
  };
}

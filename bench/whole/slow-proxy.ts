import { once } from "node:events";
import { createServer, type IncomingMessage, request as sendRequest, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { type Line, throughLine } from "./line.ts";

interface ProxyOptions {
  /** The port of 127.0.0.1 that the requests go to. */
  readonly target: number;
  /** Gets each request. Returns the milliseconds that its answer waits. */
  readonly onRequest: (method: string, path: string) => number;
  /** For the bodies of requests, and of answers. */
  readonly up: Direction;
  readonly down: Direction;
}

interface Direction {
  readonly line: Line;
  readonly onBytes: (count: number) => void;
}

export interface SlowProxy {
  readonly port: number;
  stop(): Promise<void>;
}

const BAD_GATEWAY = 502;

/** Passes requests on to another port of this machine. Each answer waits, and bodies pass through a narrow line. */
export async function startSlowProxy(options: ProxyOptions): Promise<SlowProxy> {
  const server = createServer((request, response) => {
    // A client or a server that ends in the middle ends both sides.
    forward(options, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function forward(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { target, onRequest, up, down } = options;
  const { method = "", url: path = "", headers } = request;
  const waitMs = onRequest(method, path);
  // The signature covers the host's name, so the headers stay unchanged.
  const onward = sendRequest({ hostname: "127.0.0.1", port: target, path, method, headers });
  response.on("close", () => onward.destroy());
  const [answer] = await Promise.all([answerTo(onward), pipeline(request, throughLine(up.line, up.onBytes), onward)]);
  if (waitMs > 0) await setTimeout(waitMs);
  response.writeHead(answer.statusCode ?? BAD_GATEWAY, answer.headers);
  // Otherwise, the client would get the head together with the first bytes of the body.
  response.flushHeaders();
  await pipeline(answer, throughLine(down.line, down.onBytes), response);
}

function answerTo(onward: ReturnType<typeof sendRequest>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    onward.once("response", resolve);
    onward.once("error", reject);
  });
}

import { once } from "node:events";
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from "node:http";

/** A proxy in front of R2. A test can watch its requests, and make them fail. */
export interface R2Proxy {
  /** Replaces R2's own endpoint. */
  readonly endpoint: string;
  close(): void;
}

/** Calls `meet` for each request. If it returns true, it has answered the request, and R2 never sees it. */
export async function startR2Proxy(
  endpoint: string,
  meet: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>,
): Promise<R2Proxy> {
  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await meet(request, response)) return;
    const { pathname, search, port, hostname } = new URL(request.url ?? "", endpoint);
    const { method, headers } = request;
    // The signature covers the host's name, so the headers stay unchanged.
    const onward = sendRequest({ hostname, port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }
  const server = createServer((request, response) => void forward(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    endpoint: endpoint.replace(/:\d+/, `:${port}`),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

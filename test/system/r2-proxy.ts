import { once } from "node:events";
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from "node:http";

/** A way to R2 on which requests are seen, and may meet with an accident. */
export interface R2Proxy {
  /** Instead of R2's own. */
  readonly endpoint: string;
  close(): void;
}

/** `meet` is told of each request; it returns true for one that it has dealt with, which R2 then never sees. */
export async function startR2Proxy(
  endpoint: string,
  meet: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>,
): Promise<R2Proxy> {
  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await meet(request, response)) return;
    const { pathname, search, port, hostname } = new URL(request.url ?? "", endpoint);
    const { method, headers } = request;
    // The signature covers the host's name.
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

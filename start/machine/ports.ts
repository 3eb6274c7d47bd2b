import { once } from "node:events";
import { createServer } from "node:net";
import { StartError } from "./start-error.ts";

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the server had no port");
  return address.port;
}

/** Throws `StartError` when something else listens on the port of 127.0.0.1. */
export async function assertPortFree(port: number, setting: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (cause) {
    const why =
      cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE" ? "is taken" : "cannot be used";
    throw new StartError(`port ${port} ${why}; free it, or choose another with ${setting}`, { cause });
  } finally {
    server.close();
  }
}

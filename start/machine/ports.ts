import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { codeOf } from "./error-code.ts";
import { StartError } from "./start-error.ts";

/**
 * Linux gives other ports, from 32768 on, to connections and to servers that want any port (`ip_local_port_range` in ip(7)).
 * Such a port can be taken before our server listens on it.
 */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_767;
const LOOPBACK = "127.0.0.1";
/** A machine with so many taken ports has another problem. */
const MAX_ATTEMPTS = 100;

/** A port of 127.0.0.1 that nothing listens on. It probably stays free until a server is ready to use it. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    try {
      await tryPort(port);
      return port;
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Throws `StartError` when something else listens on the port, or when this machine does not have the address. */
export async function assertPortFree(port: number, setting: string, address = LOOPBACK): Promise<void> {
  try {
    await tryPort(port, address);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "EADDRNOTAVAIL") throw new StartError(`this machine does not have the address ${address}`, { cause });
    const why = code === "EADDRINUSE" ? "is taken" : "cannot be used";
    throw new StartError(`port ${port} ${why}; free it, or choose another with ${setting}`, { cause });
  }
}

/** Listens on a port for a moment. */
async function tryPort(port: number, address = LOOPBACK): Promise<void> {
  const server = createServer();
  server.listen(port, address);
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

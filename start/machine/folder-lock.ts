import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { codeOf } from "./error-code.ts";
import { StartError } from "./start-error.ts";

const ADVICE = "stop it, or name another folder with CORNICE_STATE_DIR";

/**
 * Keeps a folder for this process until it ends, so that no second registry writes to the same stores. It is a socket with an
 * abstract name (unix(7)): the kernel takes it away with the process, however that ends. Throws `StartError` if another
 * process has the folder.
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  // Another path may lead to the same folder.
  const { dev, ino } = await stat(folder);
  const server = createServer((connection) => connection.destroy());
  server.listen({ path: `\0cornice-${dev}-${ino}` });
  await once(server, "listening").catch((error: unknown) => {
    // The error's own text has the name with its zero byte, which no terminal shows.
    if (codeOf(error) === "EADDRINUSE") throw new StartError(`a registry already runs with ${folder}; ${ADVICE}`);
    throw error;
  });
  server.unref();
  return server;
}

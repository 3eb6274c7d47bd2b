import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test as base } from "vitest";
import { removeFolder } from "../remove-folder.ts";

export { type TreeNode, writeTree } from "./write-tree.ts";

export interface LocalCall {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface LocalAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface LocalServer {
  readonly url: string;
  /** What has been received so far, in order. */
  readonly calls: readonly LocalCall[];
}

type Serve = (answer: (call: LocalCall, index: number) => LocalAnswer) => Promise<LocalServer>;

/** Tests with a directory of their own and HTTP servers on loopback. Both are removed when the test ends. */
export const test = base.extend<{ directory: string; serve: Serve }>({
  async directory({ onTestFinished }, use) {
    const directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-test-"));
    onTestFinished(() => removeFolder(directory));
    await use(directory);
  },
  async serve({ onTestFinished }, use) {
    await use((answer) => serveLocally(answer, onTestFinished));
  },
});

async function serveLocally(
  answer: Parameters<Serve>[0],
  onEnd: (close: () => Promise<void>) => void,
): Promise<LocalServer> {
  const calls: LocalCall[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const call = { method: request.method, path: request.url, headers: request.headers, body };
      const { status, headers = {}, body: answerBody } = answer(call, calls.push(call) - 1);
      return response.writeHead(status, headers).end(answerBody);
    });
  });
  return { url: await listenLocally(server, onEnd), calls };
}

/** Starts a server on a free port of this machine, and registers its end. Returns its URL. */
export async function listenLocally(server: Server, onEnd: (close: () => Promise<void>) => void): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onEnd(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a local server has no port");
  return `http://127.0.0.1:${address.port}`;
}

/** Returns the error of a rejected promise. Fails if the promise is not rejected. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

/** The real timer, also under fake timers. */
const realSetTimeout = setTimeout;

/** Resolves when the condition holds. If it never holds, the test's time limit ends the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => realSetTimeout(resolve, 10));
}

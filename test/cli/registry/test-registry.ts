import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenLocally } from "../../origin/fixtures.ts";

export interface StoredAnswer {
  readonly mediaType: string;
  readonly body: Uint8Array | string;
}

/** Answers a request, and returns true. Returns false to leave the request to the content. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface TestRegistry {
  /** Host and port. */
  readonly host: string;
  /** By path, such as `/v2/git/manifests/latest`. A test may change it. */
  readonly content: Map<string, StoredAnswer>;
  /** The paths that clients have asked for. */
  readonly asked: string[];
}

/** A registry on this machine, until the test ends. */
export async function startTestRegistry(
  onEnd: (close: () => Promise<void>) => void,
  content: Map<string, StoredAnswer> = new Map(),
  intercept: Intercept = () => false,
): Promise<TestRegistry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (intercept(request, response)) return;
    const found = content.get(request.url ?? "");
    if (!found) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such\\u001b[31m thing"}]}');
      return;
    }
    response.writeHead(200, { "content-type": found.mediaType }).end(found.body);
  });
  const url = await listenLocally(server, onEnd);
  return { host: new URL(url).host, content, asked };
}

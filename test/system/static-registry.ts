import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { Digest } from "../../protocol/digest.ts";
import type { JsonContent } from "../../image/referrers/json-content.ts";

/** What a registry serves under every repository name. */
export interface RegistryContent {
  readonly contents: readonly JsonContent[];
  readonly tags: ReadonlyMap<string, JsonContent>;
  /** By subject. */
  readonly referrers: ReadonlyMap<Digest, JsonContent>;
}

export interface StaticRegistry {
  /** Host and port. */
  readonly host: string;
  close(): Promise<void>;
}

const REQUEST = /^\/v2\/.+\/(manifests|blobs|referrers)\/([^/?]+)/;

/** A registry that only answers reads. It listens on a free port of this machine. */
export async function startStaticRegistry(content: RegistryContent): Promise<StaticRegistry> {
  const byDigest = new Map<string, JsonContent>(content.contents.map((each) => [each.digest, each]));
  const server = createServer((request, response) => {
    const [, kind, name = ""] = REQUEST.exec(request.url ?? "") ?? [];
    if (request.url === "/v2/") return void response.end("{}");
    const referrers: ReadonlyMap<string, JsonContent> = content.referrers;
    const found = kind === "referrers" ? referrers.get(name) : (content.tags.get(name) ?? byDigest.get(name));
    answer(response, found);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the registry has no port");
  return {
    host: `127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Node leaves out the body of the answer to HEAD. */
function answer(response: ServerResponse, found: JsonContent | undefined): void {
  if (!found) {
    response.writeHead(404, { "Content-Type": "application/json" });
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}');
    return;
  }
  response.writeHead(200, {
    "Content-Type": found.mediaType,
    "Content-Length": found.size,
    "Docker-Content-Digest": found.digest,
  });
  response.end(found.json);
}

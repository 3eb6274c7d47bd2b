import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, dirname, join } from "node:path";
import { output } from "./program.ts";

/** Serves a folder as the archive of a channel's revision, until the process ends. Returns the source's settings. */
export async function serveChannel(tree: string, directory: string): Promise<Record<string, string>> {
  const revision = createHash("sha1").update(tree).digest("hex");
  const archive = join(directory, `${revision}.tar.gz`);
  await output("tar", ["--create", "--gzip", "--file", archive, "--directory", dirname(tree), basename(tree)]);
  const bytes = await readFile(archive);
  const server = createServer((request, response) => {
    if (request.url === "/test/git-revision") response.end(revision);
    else if (request.url === `/archive/${revision}.tar.gz`) response.end(bytes);
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  server.unref();
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { CORNICE_CHANNEL: "test", CORNICE_CHANNELS_URL: url, CORNICE_NIXPKGS_URL: url };
}

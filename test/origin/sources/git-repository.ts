import { execFile, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { createGitClone, type GitClone } from "../../../origin/sources/git-clone.ts";
import type { GitRemote } from "../../../origin/sources/git-remote.ts";
import { listenLocally, writeTree } from "../fixtures.ts";

/** git ignores this machine's configuration, and always makes the same commits. */
export const GIT_ENV = {
  PATH: process.env["PATH"] ?? "",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_DATE: "1700000000 +0000",
  GIT_COMMITTER_DATE: "1700000000 +0000",
};

/** A clone below `directory`. It is never told to stop. */
export function openClone(remote: GitRemote, directory: string): GitClone {
  const { signal } = new AbortController();
  return createGitClone({ remote, directory, env: GIT_ENV, signal, silenceMs: 1000 });
}

export interface GitRepository {
  /** The path of the bare repository. */
  readonly path: string;
  readonly url: string;
  git(...args: readonly string[]): Promise<string>;
  /** Makes a commit with exactly these files. Without `branch`, the commit is on no branch. */
  commit(files: Readonly<Record<string, string>>, branch?: string): Promise<string>;
}

/** A bare repository that allows partial clones, as hosting services do. Its HEAD is `main`. */
export async function createRepository(directory: string, name = "pkgs.git"): Promise<GitRepository> {
  const path = join(directory, name);
  const run = async (args: readonly string[], env = {}) => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    const options = { env: { ...GIT_ENV, ...env } };
    return (await promisify(execFile)("git", [...identity, ...args], options)).stdout.trim();
  };
  await run(["init", "--quiet", "--bare", "--initial-branch=main", path]);
  await run(["-C", path, "config", "uploadpack.allowFilter", "true"]);
  await run(["-C", path, "config", "uploadpack.allowAnySHA1InWant", "true"]);
  let count = 0;
  return {
    path,
    url: `file://${path}`,
    git: (...args) => run(["-C", path, ...args]),
    async commit(files, branch) {
      count += 1;
      const tree = await writeTree(join(directory, `${name}-tree-${count}`), files);
      const index = { GIT_INDEX_FILE: join(directory, `${name}-index-${count}`) };
      await run(["-C", path, "--work-tree", tree, "add", "--all"], index);
      const hash = await run(["-C", path, "write-tree"], index);
      const known = await run(["-C", path, "for-each-ref", "--format=%(objectname)", `refs/heads/${branch ?? ""}`]);
      const parents = branch === undefined || known === "" ? [] : ["-p", known];
      const commit = await run(["-C", path, "commit-tree", "-m", `commit ${count}`, ...parents, hash]);
      if (branch !== undefined) await run(["-C", path, "update-ref", `refs/heads/${branch}`, commit]);
      return commit;
    },
  };
}

interface GitServer {
  readonly url: string;
  /** For each request, in order: whether the server let it in. */
  readonly calls: readonly { readonly path: string; readonly isAllowed: boolean }[];
}

/** Serves the repositories below a folder with git's own CGI program. With `password`, clients need it. */
export async function serveGit(
  root: string,
  password: string | undefined,
  onEnd: (close: () => Promise<void>) => void,
): Promise<GitServer> {
  const calls: { path: string; isAllowed: boolean }[] = [];
  const server = createServer((request, response) => {
    const [, given = ""] = (request.headers.authorization ?? "").split(" ");
    const isAllowed = password === undefined || Buffer.from(given, "base64").toString().endsWith(`:${password}`);
    calls.push({ path: request.url ?? "", isAllowed });
    if (isAllowed) runBackend(root, request, response);
    else response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end("who are you?");
  });
  return { url: await listenLocally(server, onEnd), calls };
}

function runBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "", "http://git");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...GIT_ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? "",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "test",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => {});
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf("\r\n\r\n");
    const headers = output.subarray(0, end).toString().split("\r\n");
    let status = 200;
    for (const line of headers) {
      const [name = "", value = ""] = line.split(": ");
      if (name === "Status") status = Number(value.slice(0, 3));
      else if (name !== "") response.setHeader(name, value);
    }
    response.writeHead(status).end(output.subarray(end + 4));
  });
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../../start/machine/ports.ts";
import { unpackDebian13, withUsrOf } from "./debian-13.ts";
import { REPOSITORY } from "./registry.ts";

/** A real proxy before one server. */
export interface Proxy {
  readonly url: string;
  stop(): Promise<void>;
}

const POLL_MS = 50;

const DOCS = join(REPOSITORY, "docs/proxies.md");

/** The samples of docs/proxies.md for a program, in order. */
async function samples(language: string): Promise<string[]> {
  const text = await readFile(DOCS, "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, sample = ""]) => sample);
}

/** Debian's nginx with the sample for an origin or for a registry. All else is nginx's default: it buffers answers. */
export async function startNginx(kind: "origin" | "registry", directory: string, upstream: string): Promise<Proxy> {
  const port = await freePort();
  const [origin = "", registry = ""] = await samples("nginx");
  const location = (kind === "origin" ? origin : registry).replace(/http:[^;]*/, upstream);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (each) => `${each}_temp_path ${directory}/nginx-${port}-${each};`,
  );
  const http = `http { ${paths.join(" ")} access_log off; server { listen 127.0.0.1:${port};\n${location} } }`;
  const file = join(directory, `nginx-${port}.conf`);
  await writeFile(file, `daemon off; master_process off; pid ${file}.pid; error_log stderr; events {} ${http}\n`);
  const root = await unpackDebian13(["nginx"]);
  return startPlain(withUsrOf(root, ["nginx", "-e", "stderr", "-c", file]), port);
}

/** Debian's Caddy with the sample for an origin. */
export async function startCaddy(directory: string, upstream: string): Promise<Proxy> {
  const port = await freePort();
  const file = join(directory, `Caddyfile-${port}`);
  const [sample = ""] = await samples("caddy");
  const site = sample.replace("build.example", `http://127.0.0.1:${port}`).replace(/127.0.0.1:8788/, upstream);
  await writeFile(file, `{\n\tadmin off\n}\n${site}`);
  const root = await unpackDebian13(["caddy"]);
  return startPlain(withUsrOf(root, ["caddy", "run", "--adapter", "caddyfile", "--config", file]), port);
}

function startPlain(command: [string, string[]], port: number): Promise<Proxy> {
  const url = `http://127.0.0.1:${port}`;
  return startProxy(command, url, () => answers(url));
}

/** Runs a proxy, and resolves when it is ready. */
export async function startProxy(
  [program, args]: [string, string[]],
  url: string,
  isReady: () => Promise<boolean>,
): Promise<Proxy> {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended:\n${log}`);
    await setTimeout(POLL_MS);
  }
  return { url, stop: () => end(child) };
}

/** Any answer is fine: the server behind the proxy may not run yet. */
async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

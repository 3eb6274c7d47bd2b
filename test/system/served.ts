import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort } from "../../start/machine/ports.ts";
import { removeFolder } from "../remove-folder.ts";
import { output } from "./program.ts";
import { launchRegistry, type Registry, REPOSITORY } from "./registry.ts";
import { SYSTEM } from "./source-pull.ts";
import { type Certificate, makeCertificate } from "./tls-proxy.ts";

export const USER = "alice";
export const PASSWORD = "a password that nobody guesses";

/** A machine on which `cornice serve` runs again and again, with the same state. */
export interface Machine {
  readonly directory: string;
  /** The operator's settings. */
  readonly env: Readonly<Record<string, string>>;
  readonly certificate: Certificate;
  /** The port of the proxy, which is also the port of the public URL. */
  readonly proxyPort: number;
  /** `127.0.0.1:<port>` of the registry. */
  readonly upstream: string;
  serve(settings?: Readonly<Record<string, string>>): Promise<Registry>;
  /** Like `serve`, but does not wait until the registry is ready. */
  launch(settings: Readonly<Record<string, string>>): Promise<Registry>;
  /** Lets the build of the package `gated` end. */
  openGate(): Promise<void>;
  remove(): Promise<void>;
}

const BIG_BYTES = 40_000_000;

/** Small packages, a big one of random bytes, and one whose build goes on until the gate is open. */
function packageSet(gate: string): string {
  const build = (name: string, script: string) =>
    `${name} = derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
      args = [ "-c" ${JSON.stringify(`${script} # ${randomUUID()}`)} ]; };`;
  const packages = [
    build("small", "echo small > $out"),
    build("big", `head -c ${BIG_BYTES} /dev/urandom > $out`),
    build("gated", `while ! [ -e ${gate} ]; do sleep 0.1; done; echo gated > $out`),
  ];
  return `{ ${packages.join("\n")} }`;
}

async function users(): Promise<string> {
  const script = 'printf "%s\\n" "$1" | "$2" start/password.ts --stdin "$3"';
  const args = ["-c", script, "sh", PASSWORD, process.execPath, USER];
  return (await output("/bin/sh", args, { cwd: REPOSITORY })).replace(/^USERS\s+/, "").trim();
}

export async function createMachine(): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-serve-"));
  // The builders of Nix, and nginx's workers, look for files in it.
  await chmod(directory, 0o755);
  await mkdir(join(directory, "tls"));
  const [set, gate] = [join(directory, "set.nix"), join(directory, "gate")];
  await writeFile(set, packageSet(gate));
  const certificate = await makeCertificate(join(directory, "tls"));
  const [port, originPort, proxyPort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    CORNICE_PKGS_PATH: set,
    CORNICE_SOURCE_NAME: "test",
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
    CORNICE_REGISTRY_URL: `https://127.0.0.1:${proxyPort}`,
    CORNICE_LISTEN: "0.0.0.0",
    CORNICE_TRUSTED_PROXIES: "127.0.0.1",
    CORNICE_AUTH: "token",
    CORNICE_USERS: await users(),
    CORNICE_MANIFEST_HOLD: "1",
  };
  const launch = (settings: Readonly<Record<string, string>>) =>
    launchRegistry({
      stateDirectory: join(directory, "state"),
      ports: [port, originPort],
      command: ["bin/cornice", "serve"],
      env: { ...env, ...settings },
    });
  return {
    directory,
    env,
    certificate,
    proxyPort,
    upstream: `127.0.0.1:${port}`,
    launch,
    async serve(settings = {}) {
      const registry = await launch(settings);
      await registry.logged("Cornice serves");
      return registry;
    },
    openGate: () => writeFile(gate, ""),
    remove: () => removeFolder(directory),
  };
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Asks over HTTP, or over TLS with any certificate. `localAddress` is the address of the client. */
export async function ask(url: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await open(url, options);
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** The same, but leaves the body to the caller. */
export function open(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const call: ClientRequest = url.startsWith("https:")
    ? httpsRequest(url, { ...options, agent: false, rejectUnauthorized: false })
    : httpRequest(url, { ...options, agent: false });
  return new Promise((resolve, reject) => {
    call.once("response", resolve).once("error", reject).end();
  });
}

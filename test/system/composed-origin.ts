import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { unpackDebian13, withUsrOf } from "./debian-13.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { layLine } from "./line.ts";
import { SECRET } from "./origin-process.ts";
import { type Outcome, run } from "./program.ts";
import { REPOSITORY, temporaryDirectory } from "./registry.ts";

/** An origin that Docker Compose runs, as deploy/compose.yaml says. */
export interface ComposedOrigin extends AsyncDisposable {
  log(): Promise<string>;
  /** Runs a program in the container. Throws if it fails. */
  exec(...command: readonly string[]): Promise<string>;
}

interface ComposeOptions {
  readonly profile: "nix" | "without-nix";
  /** The port of 127.0.0.1 that leads to the origin. */
  readonly port: number;
  /** The origin's settings. Servers of this machine's loopback are reachable. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the package set. The container has it at `/set`. */
  readonly set: string;
}

/** Debian keeps it where the docker client looks for it. It also runs by itself. */
const COMPOSE = "/usr/libexec/docker/cli-plugins/docker-compose";
const FILE = join(REPOSITORY, "deploy/compose.yaml");
const SERVICES = { nix: "origin", "without-nix": "origin-without-nix" } as const;
/** For networks under test: https://www.rfc-editor.org/rfc/rfc2544 */
const SUBNET = "198.18.200.0/24";
/** This machine, for the containers. */
const GATEWAY = "198.18.200.1";
const ANY_ADDRESS = "0.0.0.0";
const LOOPBACK_HOST = /127\.0\.0\.1:\d+/g;
const POLL_MS = 100;
const ATTEMPTS = 300;

/** Runs Docker Compose with the file, and perhaps others. */
export async function compose(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Outcome> {
  const root = await unpackDebian13(["docker-compose"]);
  const [file, all] = withUsrOf(root, [COMPOSE, "--file", FILE, ...args]);
  return run(file, all, { env: { ...process.env, ...env } });
}

/**
 * Resolves when the origin is ready. Throws with its log if it is not ready in half a minute. Only the port, the package set
 * and the numbers of the network are the test's own.
 */
export async function startComposedOrigin(engine: DockerEngine, options: ComposeOptions): Promise<ComposedOrigin> {
  const { profile, port } = options;
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const [settings, changes] = [join(directory.path, "origin.env"), join(directory.path, "changes.yaml")];
  const env = { ...options.env, CORNICE_ORIGIN_SECRET: SECRET, CORNICE_PKGS_PATH: "/set" };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(settings, await throughLines(lines.join(""), stack));
  await writeFile(changes, override(options));
  const clientEnv = { ...engine.env, CORNICE_ENV_FILE: settings };
  const call = (...args: readonly string[]) => compose(["--file", changes, "--profile", profile, ...args], clientEnv);
  const log = async () => (await call("logs", "--no-log-prefix")).stdout;
  stack.defer(async () => void (await call("down", "--volumes")));
  const { code, stderr } = await call("up", "--detach");
  if (code !== 0) throw new Error(`docker compose up: ${stderr}`);
  for (let attempt = 1; !(await isReady(port)); attempt++) {
    if (attempt === ATTEMPTS) throw new Error(`the origin is not ready:\n${await log()}`);
    await setTimeout(POLL_MS);
  }
  const running = stack.move();
  return {
    log,
    async exec(...command) {
      const outcome = await call("exec", "--no-TTY", SERVICES[profile], ...command);
      if (outcome.code !== 0) throw new Error(`${command.join(" ")}: ${outcome.stderr}`);
      return outcome.stdout;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A container does not reach this machine's loopback. So each host in the text becomes one that leads there. */
async function throughLines(text: string, stack: AsyncDisposableStack): Promise<string> {
  let replaced = text;
  for (const host of new Set(text.match(LOOPBACK_HOST))) {
    const line = stack.use(await layLine(host, ANY_ADDRESS));
    replaced = replaced.replaceAll(host, `${GATEWAY}:${line.port}`);
  }
  return replaced;
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function override({ profile, port, set }: ComposeOptions): string {
  return `
services:
  ${SERVICES[profile]}:
    ports: !override ["127.0.0.1:${port}:8788"]
    volumes: ["${set}:/set:ro"]
networks:
  default: { ipam: { config: [{ subnet: ${SUBNET}, gateway: ${GATEWAY} }] } }
`;
}

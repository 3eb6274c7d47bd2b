import { setTimeout } from "node:timers/promises";
import type { DockerEngine } from "./docker-engine.ts";
import { SECRET } from "./origin-process.ts";

/** An origin that runs in a container, with the network of this machine. */
export interface OriginContainer extends AsyncDisposable {
  log(): Promise<string>;
  /** Runs a program in the container. Throws if it fails. */
  exec(...command: readonly string[]): Promise<string>;
}

interface ContainerOptions {
  readonly port: number;
  /** The name of an image that the engine has. */
  readonly image: string;
  /** Options of `docker run`. */
  readonly options: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const POLL_MS = 100;
const ATTEMPTS = 300;

/** Resolves when the origin is ready. Throws with its log if it is not ready in half a minute. */
export async function startOriginContainer(
  engine: DockerEngine,
  { port, image, options, env }: ContainerOptions,
): Promise<OriginContainer> {
  const all = { ...env, CORNICE_ORIGIN_SECRET: SECRET, CORNICE_ORIGIN_PORT: String(port) };
  const settings = Object.entries(all).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const args = ["run", "--detach", "--network", "host", ...options, ...settings, image];
  const container = (await engine.docker(...args)).trim();
  const log = async () => {
    const { stdout, stderr } = await engine.tryDocker("logs", container);
    return stdout + stderr;
  };
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let attempt = 1; !(await isReady()); attempt++) {
    if (attempt === ATTEMPTS) throw new Error(`the origin is not ready:\n${await log()}`);
    await setTimeout(POLL_MS);
  }
  return {
    log,
    exec: (...command) => engine.docker("exec", container, ...command),
    async [Symbol.asyncDispose]() {
      await engine.docker("rm", "--force", container);
    },
  };
}

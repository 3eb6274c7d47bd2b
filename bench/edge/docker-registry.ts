import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../../start/machine/ports.ts";

/** registry:2, from Debian's package `docker-registry`. */
export interface DockerRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  stop(): Promise<void>;
}

const POLL_MS = 100;
const START_TIMEOUT_MS = 10_000;

/** Starts it as its package configures it. But it logs nothing, because Cornice logs nothing here either. */
export async function startDockerRegistry(directory: string): Promise<DockerRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const file = join(directory, "docker-registry.json");
  await writeFile(file, JSON.stringify(configuration(host, join(directory, "docker-registry"))));
  const child = spawn("docker-registry", ["serve", file], { stdio: "ignore" });
  const ended = once(child, "exit");
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isUp(host))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error("docker-registry did not start");
    await setTimeout(POLL_MS);
  }
  return {
    host,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** docker-registry reads YAML, and JSON is valid YAML. */
function configuration(host: string, rootdirectory: string): object {
  return {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { cache: { blobdescriptor: "inmemory" }, filesystem: { rootdirectory } },
    http: { addr: host },
  };
}

function isUp(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

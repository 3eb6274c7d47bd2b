import { join } from "node:path";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { type Registry, startRegistry, temporaryDirectory } from "./registry.ts";

/** A registry of the starter set, and a Docker Engine that runs its images. */
export interface RegistryAndEngine {
  readonly registry: Registry;
  readonly engine: DockerEngine;
  stop(): Promise<void>;
}

export async function startRegistryAndEngine(): Promise<RegistryAndEngine> {
  const directory = await temporaryDirectory();
  const registry = await startRegistry({ stateDirectory: join(directory.path, "state") });
  const engine = await startDockerEngine();
  return {
    registry,
    engine,
    async stop() {
      await engine.stop();
      await registry.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

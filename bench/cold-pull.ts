import { join } from "node:path";
import { startRegistry } from "../test/system/registry.ts";
import type { BenchContext } from "./starter.ts";

const IMAGE = "shell/git/htop";

/** From request to manifest, with empty stores. The closure is already realised, so the time is Cornice's own. */
export async function benchColdPull({ directory, prepare, print }: BenchContext): Promise<void> {
  await prepare(IMAGE);
  const registry = await startRegistry({ stateDirectory: join(directory, "cold-pull") });
  try {
    const started = performance.now();
    const response = await fetch(`http://${registry.host}/v2/${IMAGE}/manifests/latest`);
    await response.text();
    const seconds = (performance.now() - started) / 1000;
    if (!response.ok) throw new Error(`${IMAGE} answered ${response.status}:\n${registry.log()}`);
    print(`Cold pull of ${IMAGE}, closure realised, from request to manifest: ${seconds.toFixed(2)} s`);
    for (const part of [/built in .*/, /\d+ layers packed.*/]) print(`  ${part.exec(registry.log())?.[0] ?? ""}`);
  } finally {
    await registry.stop();
  }
}

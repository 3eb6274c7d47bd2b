import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePrograms } from "../../start/machine/debian-packages.ts";
import { createContext } from "../starter.ts";
import { benchBlobMemory } from "./blob-memory.ts";
import { benchBuildBeside } from "./build-beside.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { buildIntoEdge } from "./image.ts";
import { startEdge } from "./local-edge.ts";
import { benchManifests } from "./manifests.ts";
import { benchPulls, copyToPeer } from "./pulls.ts";
import { startTalkativeOrigin } from "./talkative-origin.ts";
import { createWrk } from "./wrk.ts";

const REQUIREMENTS = ["wrk", "docker-registry", "skopeo"].map((name) => ({ program: name, debianPackage: name }));

/** The figures of the edge, beside the figures of registry:2 from the same run. */
async function benchEdge(directory: string, print: (line: string) => void): Promise<void> {
  const install = { path: process.env["PATH"] ?? "", isRoot: process.getuid?.() === 0, log: print };
  await ensurePrograms(REQUIREMENTS, install);
  const context = await createContext({ directory, print, plot: async () => {} });
  await using running = new AsyncDisposableStack();
  const origin = running.adopt(await startTalkativeOrigin(), (started) => started.close());
  const options = { state: join(directory, "edge"), originUrl: origin.url };
  {
    await using measured = new AsyncDisposableStack();
    const edge = measured.adopt(await startEdge(options), ({ miniflare }) => miniflare.dispose());
    const peer = measured.adopt(await startDockerRegistry(directory), (registry) => registry.stop());
    await buildIntoEdge(context, edge);
    await copyToPeer({ edge, peer });
    const registries = { edge, peer, wrk: await createWrk(directory), directory, print };
    await benchManifests(registries);
    await benchPulls(registries);
    await benchBuildBeside(registries, origin);
  }
  await benchBlobMemory(() => startEdge(options), print);
}

const directory = await mkdtemp(join(tmpdir(), "cornice-bench-edge-"));
try {
  await benchEdge(directory, console.log);
} finally {
  await rm(directory, { recursive: true, force: true });
}

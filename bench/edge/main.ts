import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchAssembly } from "../assembly/main.ts";
import { parseAssemblyOptions, USAGE as ASSEMBLY_USAGE } from "../assembly/options.ts";
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

const USAGE = `Usage: npm run bench:edge [-- warm]

Prints the figures of warm images, beside the figures of registry:2 from the same run.

${ASSEMBLY_USAGE}`;

/** The figures of warm images, beside the figures of registry:2 from the same run. */
async function benchWarm(directory: string, print: (line: string) => void): Promise<void> {
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

type Part = (directory: string, print: (line: string) => void) => Promise<void>;

/** Undefined if the arguments are wrong. Then a line says why. */
function partOf([name = "warm", ...args]: readonly string[]): Part | undefined {
  if (name === "warm" && args.length === 0) return benchWarm;
  if (name !== "assembly") return undefined;
  try {
    const options = parseAssemblyOptions(args);
    return (directory, print) => benchAssembly(options, directory, print);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

const part = partOf(process.argv.slice(2));
if (!part) {
  console.log(USAGE);
  process.exit(1);
}
const directory = await mkdtemp(join(tmpdir(), "cornice-bench-edge-"));
try {
  await part(directory, console.log);
} finally {
  await rm(directory, { recursive: true, force: true });
}

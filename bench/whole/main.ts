import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensurePrograms } from "../../start/machine/debian-packages.ts";
import { startDockerRegistry } from "../edge/docker-registry.ts";
import { createWrk } from "../edge/wrk.ts";
import { createContext } from "../starter.ts";
import type { Bench, ColdImage } from "./bench.ts";
import { startBusyLoops } from "./busy-loops.ts";
import { countRequests, measureCornice } from "./cornice-rounds.ts";
import { isSlowed, parseWholeOptions, USAGE, type WholeOptions } from "./options.ts";
import { measureNixery, measureTarGzip } from "./peer-rounds.ts";
import { headLine, reportLines } from "./report.ts";
import type { Count, Sample } from "./sample.ts";

/** The same image with one package more. */
const WITH_MORE: ReadonlyMap<string, string> = new Map([["shell/git/htop", "shell/git/htop/jq"]]);
const REQUIREMENTS = ["wrk", "docker-registry", "skopeo"].map((name) => ({ program: name, debianPackage: name }));

const WRONG_USAGE = 1;

/** Measures the whole product beside its peers, and prints the figures. Returns the exit code of the process. */
export async function benchWhole(args: readonly string[], print: (line: string) => void): Promise<number> {
  const options = optionsOf(args);
  if (!options || args.includes("--help")) {
    print(USAGE);
    return args.includes("--help") ? 0 : WRONG_USAGE;
  }
  const install = { path: process.env["PATH"] ?? "", isRoot: process.getuid?.() === 0, log: print };
  await ensurePrograms(REQUIREMENTS, install);
  const directory = await mkdtemp(join(tmpdir(), "cornice-bench-whole-"));
  try {
    await runPasses(options, directory, print);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return 0;
}

/** Undefined if the options are wrong. Then a line says why. */
function optionsOf(args: readonly string[]): WholeOptions | undefined {
  try {
    return parseWholeOptions(args.filter((arg) => arg !== "--help"));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

async function runPasses(options: WholeOptions, directory: string, print: (line: string) => void): Promise<void> {
  const { settings, prepare } = await createContext({ directory, print, plot: async () => {} });
  const images: ColdImage[] = [];
  for (const name of options.images) {
    const more = WITH_MORE.get(name);
    if (more !== undefined) await prepare(more);
    const paths = (await prepare(name)).closure.map(({ path }) => path);
    images.push({ name, paths, ...(more === undefined ? {} : { more }) });
  }
  await using running = new AsyncDisposableStack();
  const peer = running.adopt(await startDockerRegistry(directory), (registry) => registry.stop());
  const packages = settings["CORNICE_PKGS_PATH"] ?? "";
  const counts: Count[] = [];
  const bench: Bench = {
    ...options,
    directory,
    packages,
    starter: dirname(packages),
    peer,
    wrk: await createWrk(directory),
    record: () => {},
    count: (count) => counts.push(count),
  };
  // Proxies take processor time. So without a slow connection, the requests are counted in a round of their own.
  if (!isSlowed(options) && options.parts.has("cold")) await countRequests(bench, images);
  for (const busy of options.loads) {
    for (const line of await runPass(bench, images, busy, counts)) print(line);
  }
}

async function runPass(bench: Bench, images: readonly ColdImage[], busy: number, counts: Count[]): Promise<string[]> {
  const samples: Sample[] = [];
  const loads: number[] = [];
  const pass = { ...bench, record: (sample: Sample) => samples.push(sample) };
  await using _ = startBusyLoops(busy);
  for (let round = 0; round < bench.rounds; round++) {
    for (const image of images) {
      loads.push(loadavg()[0] ?? 0);
      await measureTarGzip(pass, image);
      await measureCornice(pass, image);
      await measureNixery(pass, image);
    }
  }
  return [headLine({ ...bench, busy, loads }), ...reportLines(samples, counts)];
}

import { join } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { hideSecrets, withoutSecrets } from "../origin/service/hidden-environment.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { sourceOffer } from "../protocol/source-offer.ts";
import { ConfigError, type Environment } from "../origin/system/settings.ts";
import { banner, USAGE } from "./banner.ts";
import { edgeConfig } from "./edge-config.ts";
import { followNixNeed } from "./follow-nix-need.ts";
import { type LocalStores, storesEnvironment } from "./local-edge/local-stores.ts";
import { writeStores } from "./local-edge/stores-file.ts";
import { type LocalSecrets, localSecrets } from "./local-secrets.ts";
import { prepareSource, type SourceSettings } from "./package-source.ts";
import { assertPortFree, freePort } from "./machine/ports.ts";
import { ensurePrivateFolder, writePrivateFile } from "./machine/private-files.ts";
import { reloadOnChange } from "./reload.ts";
import { parseStartConfig, type StartConfig } from "./start-config.ts";
import { StartError } from "./machine/start-error.ts";
import { startSupervised, type SupervisedProcess } from "./machine/supervised-process.ts";

const FOLDER = join(import.meta.dirname, "..");

/** Keeps wrangler quiet and off the network. */
const WRANGLER_SETTINGS = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: "error",
  WRANGLER_SEND_METRICS: "false",
};

/**
 * Replaces the operator's umask. Other users read the starter set through bind mounts, where the mode of the state
 * folder does not count. That mode keeps everything else private.
 */
const UMASK = 0o022;

function log(line: string): void {
  console.log(line);
}

async function start(env: Environment, signal: AbortSignal, running: Stoppable[]): Promise<void> {
  const config = parseStartConfig(env);
  await assertPortFree(config.port, "CORNICE_PORT");
  await assertPortFree(config.originPort, "CORNICE_ORIGIN_PORT");
  if (config.storesPort !== undefined) await assertPortFree(config.storesPort, "CORNICE_STORES_PORT");
  await ensurePrivateFolder(config.stateDirectory);
  const source = await prepareSource({ source: config.source, directory: config.stateDirectory, env, log, signal });
  const secrets = await localSecrets(config.stateDirectory);
  const { rawConfig: wrangler } = readRawConfig({ config: join(FOLDER, "wrangler.toml") });
  const stores = localStores(wrangler, secrets, config.storesPort ?? (await freePort()));
  const setup = { config, env, source, secrets, stores, wrangler };
  signal.throwIfAborted();
  const registry = await startEdge(setup);
  running.push(registry);
  signal.throwIfAborted();
  const current = { env: originEnvironment(setup) };
  const origin = await startOrigin(setup, current, signal);
  running.push(origin);
  if (process.argv.includes("--watch")) running.push(reloadOnChange(FOLDER, { registry, origin }, log));
  const { hasUsualPackages } = sourceOffer(source.name, hostArchitecture());
  const { port, stateDirectory } = config;
  log(banner({ port, source: source.description, hasUsualPackages, stateDirectory }));
  if (config.indexes) running.push(await startIndexing(setup, current, signal));
}

type Stoppable = Pick<SupervisedProcess, "stop">;

/** The values that both processes are started with. */
interface Setup {
  readonly config: StartConfig;
  readonly env: Environment;
  readonly source: SourceSettings;
  readonly secrets: LocalSecrets;
  readonly stores: LocalStores;
  /** `wrangler.toml`, the configuration of a deployment. */
  readonly wrangler: RawConfig;
}

type RawConfig = ReturnType<typeof readRawConfig>["rawConfig"];

/** The names that the deployment uses. */
function localStores({ r2_buckets, kv_namespaces }: RawConfig, secrets: LocalSecrets, port: number): LocalStores {
  return {
    port,
    bucket: r2_buckets?.[0]?.bucket_name ?? "",
    accessKeyId: secrets.accessKeyId,
    secretAccessKey: secrets.secretAccessKey,
    namespaceId: kv_namespaces?.[0]?.id ?? "",
    apiToken: secrets.kvToken,
  };
}

async function startEdge({ config, env, source, secrets, stores, wrangler }: Setup): Promise<SupervisedProcess> {
  const inState = (name: string) => join(config.stateDirectory, name);
  const [configFile, storesFile] = [inState("wrangler.json"), inState("stores.json")];
  const edge = {
    originUrl: `http://127.0.0.1:${config.originPort}`,
    secret: secrets.originSecret,
    packageSource: source.name,
    architecture: hostArchitecture(),
    maxPackages: String(config.maxPackages),
    tagFreshness: String(config.tagFreshnessS),
    waits: config.waits,
    access: config.access,
    hosts: config.hosts,
    logLevel: config.logLevel,
  };
  await writePrivateFile(configFile, JSON.stringify(edgeConfig(wrangler, FOLDER, edge)));
  await writeStores(storesFile, stores);
  const files = ["--config", configFile, "--stores", storesFile, "--state", inState("edge")];
  return startSupervised({
    name: "registry",
    script: join(import.meta.dirname, "edge.ts"),
    args: [...files, "--port", String(config.port)],
    env: { ...withoutSecrets(env), ...WRANGLER_SETTINGS },
    log,
  });
}

/** The origin's environment now. It changes if a revision needs a newer Nix. */
interface CurrentOrigin {
  env: Environment;
}

async function startOrigin(setup: Setup, current: CurrentOrigin, signal: AbortSignal): Promise<SupervisedProcess> {
  const { source } = setup.config;
  const onMessage = followNixNeed({
    source,
    env: setup.env,
    log,
    signal,
    useNix(nix) {
      current.env = { ...current.env, ...nix };
      return origin.restart(current.env);
    },
  });
  const origin = await startSupervised({
    name: "origin",
    script: join(FOLDER, "origin/service/main.ts"),
    args: [],
    env: current.env,
    log,
    onMessage,
  });
  return origin;
}

/** This runs after the start, because loading its modules would delay the start. */
async function startIndexing(setup: Setup, current: CurrentOrigin, signal: AbortSignal): Promise<Stoppable> {
  const { indexInBackground } = await import("./background-index.ts");
  const { starterSet } = setup.source;
  const indexing = indexInBackground({ env: () => current.env, starterSet, log, signal });
  return { stop: () => indexing };
}

function originEnvironment({ config, env, source, secrets, stores }: Setup): Environment {
  const settings = {
    CORNICE_ORIGIN_PORT: String(config.originPort),
    CORNICE_ORIGIN_SECRET: secrets.originSecret,
    CORNICE_MAX_PACKAGES: String(config.maxPackages),
    CORNICE_SPOOL_DIR: join(config.stateDirectory, "spool"),
    CORNICE_SOURCES_DIR: join(config.stateDirectory, "sources"),
    ...storesEnvironment(stores),
  };
  return { ...source.env, ...env, ...settings };
}

async function main(): Promise<void> {
  if (process.argv.includes("--help")) return log(USAGE);
  process.umask(UMASK);
  const stop = new AbortController();
  const running: Stoppable[] = [];
  const stopAll = () => Promise.all(running.map((child) => child.stop()));
  for (const event of ["SIGINT", "SIGTERM"] as const) {
    process.on(event, () => {
      stop.abort(new StartError("stopped"));
      void stopAll().then(() => process.exit(0));
    });
  }
  try {
    const { settings } = hideSecrets(process.env);
    await start(settings, stop.signal, running);
  } catch (error) {
    await stopAll();
    if (stop.signal.aborted) process.exit(0);
    if (!(error instanceof StartError) && !(error instanceof ConfigError)) throw error;
    console.error(`cornice: ${error.message}`);
    process.exit(1);
  }
}

await main();

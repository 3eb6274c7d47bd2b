import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { hostArchitecture } from "../origin/nix/system.ts";
import { ConfigError, type Environment } from "../origin/settings.ts";
import { banner, USAGE } from "./banner.ts";
import { edgeApis, edgeConfig } from "./edge-config.ts";
import { type LocalSecrets, localSecrets } from "./local-secrets.ts";
import { prepareSource, type SourceSettings } from "./package-source.ts";
import { assertPortFree } from "./ports.ts";
import { ensurePrivateFolder } from "./private-files.ts";
import { parseStartConfig, type StartConfig } from "./start-config.ts";
import { StartError } from "./start-error.ts";
import { startSupervised, type SupervisedProcess } from "./supervised-process.ts";

const FOLDER = join(import.meta.dirname, "..");

/** Keeps wrangler quiet and off the network. */
const WRANGLER_SETTINGS = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: "error",
  WRANGLER_SEND_METRICS: "false",
  X_LOCAL_OBSERVABILITY: "false",
};

/**
 * Instead of the operator's. Other users read the starter set through bind mounts. The mode of the state folder, which
 * does not matter there, keeps everything else private.
 */
const UMASK = 0o022;

function log(line: string): void {
  console.log(line);
}

async function start(env: Environment, signal: AbortSignal, running: Stoppable[]): Promise<void> {
  const config = parseStartConfig(env);
  await assertPortFree(config.port, "CORNICE_PORT");
  await assertPortFree(config.originPort, "CORNICE_ORIGIN_PORT");
  await ensurePrivateFolder(config.stateDirectory);
  const source = await prepareSource({ source: config.source, directory: config.stateDirectory, env, log, signal });
  const secrets = await localSecrets(config.stateDirectory);
  const { rawConfig: wrangler } = readRawConfig({ config: join(FOLDER, "wrangler.toml") });
  const setup = { config, env, source, secrets, wrangler };
  signal.throwIfAborted();
  running.push(await startEdge(setup));
  signal.throwIfAborted();
  running.push(await startOrigin(setup));
  log(banner({ port: config.port, source: source.description, stateDirectory: config.stateDirectory }));
  if (config.indexes) running.push(await startIndexing(setup, signal));
}

type Stoppable = Pick<SupervisedProcess, "stop">;

/** What both processes are started from. */
interface Setup {
  readonly config: StartConfig;
  readonly env: Environment;
  readonly source: SourceSettings;
  readonly secrets: LocalSecrets;
  /** `wrangler.toml`, which a deployment is made from. */
  readonly wrangler: ReturnType<typeof readRawConfig>["rawConfig"];
}

async function startEdge({ config, env, source, secrets, wrangler }: Setup): Promise<SupervisedProcess> {
  const file = join(config.stateDirectory, "wrangler.json");
  const edge = {
    originUrl: `http://127.0.0.1:${config.originPort}`,
    secret: secrets.originSecret,
    packageSource: source.name,
    architecture: hostArchitecture(),
    maxPackages: String(config.maxPackages),
    tagFreshness: String(config.tagFreshnessS),
    waits: config.waits,
    access: config.access,
    accessKeyId: secrets.accessKeyId,
    secretAccessKey: secrets.secretAccessKey,
  };
  await writeFile(file, JSON.stringify(edgeConfig(wrangler, FOLDER, edge)), { mode: 0o600 });
  return startSupervised({
    name: "registry",
    script: join(import.meta.dirname, "edge.ts"),
    args: ["--config", file, "--port", String(config.port), "--state", join(config.stateDirectory, "edge")],
    env: { ...env, ...WRANGLER_SETTINGS },
    log,
  });
}

async function startOrigin(setup: Setup): Promise<SupervisedProcess> {
  return startSupervised({
    name: "origin",
    script: join(FOLDER, "origin/main.ts"),
    args: [],
    env: originEnvironment(setup),
    log,
  });
}

/** Everything runs already, and what this loads would have held it up. */
async function startIndexing(setup: Setup, signal: AbortSignal): Promise<Stoppable> {
  const { indexInBackground } = await import("./background-index.ts");
  const { starterSet } = setup.source;
  const indexing = indexInBackground({ env: originEnvironment(setup), starterSet, log, signal });
  return { stop: () => indexing };
}

function originEnvironment({ config, env, source, secrets, wrangler }: Setup): Environment {
  const apis = edgeApis(config.port);
  const settings = {
    CORNICE_ORIGIN_PORT: String(config.originPort),
    CORNICE_ORIGIN_SECRET: secrets.originSecret,
    CORNICE_MAX_PACKAGES: String(config.maxPackages),
    CORNICE_SPOOL_DIR: join(config.stateDirectory, "spool"),
    CORNICE_SOURCES_DIR: join(config.stateDirectory, "sources"),
    R2_ENDPOINT: apis.s3,
    R2_BUCKET: wrangler.r2_buckets?.[0]?.bucket_name,
    R2_ACCESS_KEY_ID: secrets.accessKeyId,
    R2_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    KV_API_URL: apis.kv,
    KV_NAMESPACE_ID: wrangler.kv_namespaces?.[0]?.id,
    // The local KV asks for none.
    KV_API_TOKEN: "local",
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
    await start(process.env, stop.signal, running);
  } catch (error) {
    await stopAll();
    if (stop.signal.aborted) process.exit(0);
    if (!(error instanceof StartError) && !(error instanceof ConfigError)) throw error;
    console.error(`cornice: ${error.message}`);
    process.exit(1);
  }
}

await main();

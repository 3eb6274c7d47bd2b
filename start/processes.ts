import { join } from "node:path";
import { withoutSecrets } from "../origin/service/hidden-environment.ts";
import type { Environment } from "../origin/system/settings.ts";
import { edgeConfig } from "./edge-config.ts";
import { storesEnvironment } from "./local-edge/local-stores.ts";
import { writeStores } from "./local-edge/stores-file.ts";
import { environmentFile } from "./machine/environment-file.ts";
import { writePrivateFile } from "./machine/private-files.ts";
import { type ProcessOptions, startSupervised, type SupervisedProcess } from "./machine/supervised-process.ts";
import { FOLDER, type Setup } from "./setup.ts";

/** Keeps wrangler quiet and off the network, and lets Miniflare start the runtime in our way. */
const WRANGLER_SETTINGS = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: "error",
  WRANGLER_SEND_METRICS: "false",
  // Otherwise each start leaves a file in the home folder.
  WRANGLER_WRITE_LOGS: "false",
  // It ends with the process of the edge, even if that one is killed.
  MINIFLARE_WORKERD_PATH: join(import.meta.dirname, "local-edge/workerd"),
};

type EdgeOptions = Pick<ProcessOptions, "log" | "onStart">;

/** Starts the process of the Worker, R2 and KV. */
export async function startEdge(setup: Setup, { log, onStart }: EdgeOptions): Promise<SupervisedProcess> {
  const { config, env, source, secrets, stores, wrangler, links } = setup;
  const inState = (name: string) => join(config.stateDirectory, name);
  const [configFile, storesFile] = [inState("wrangler.json"), inState("stores.json")];
  const edge = {
    originUrl: links.originUrl,
    secret: secrets.originSecret,
    packageSource: source.name,
    platforms: config.platforms,
    maxPackages: String(config.maxPackages),
    tagFreshness: String(config.tagFreshnessS),
    waits: config.waits,
    access: config.access,
    limitsClients: config.limitsClients,
    hosts: config.hosts,
    logLevel: config.logLevel,
  };
  await writePrivateFile(configFile, JSON.stringify(edgeConfig(wrangler, FOLDER, edge)));
  await writeStores(storesFile, stores);
  const files = ["--config", configFile, "--stores", storesFile, "--state", edgeFolder(config)];
  const { address, trustedProxies, publicUrl } = config.entrance;
  const format = ["--log-format", config.logFormat];
  const entrance = ["--address", address, "--proxies", trustedProxies.join(" "), "--public-url", publicUrl];
  return startSupervised({
    name: "registry",
    script: join(import.meta.dirname, "edge.ts"),
    args: [...files, "--port", String(config.port), ...entrance, ...format],
    env: { ...withoutSecrets(env), ...WRANGLER_SETTINGS },
    log,
    ...(onStart && { onStart }),
  });
}

/** The folder of R2, KV and the Worker's cache. */
export function edgeFolder({ stateDirectory }: Setup["config"]): string {
  return join(stateDirectory, "edge");
}

type OriginOptions = Pick<ProcessOptions, "env" | "log" | "onStart" | "onMessage">;

/** Without this, V8's space for new objects grows by 50 MB while files are streamed. The CPU time is the same. */
const SMALL_HEAP = "--max-semi-space-size=2";

/** glibc gives each thread memory of its own, up to 64 MB, and takes little of it back. */
const SMALL_ARENAS = { MALLOC_ARENA_MAX: "2" } as const;

/** Starts the process of the origin. */
export function startOrigin(options: OriginOptions): Promise<SupervisedProcess> {
  const script = join(FOLDER, "origin/service/main.ts");
  const env = { ...SMALL_ARENAS, ...options.env };
  return startSupervised({ name: "origin", script, args: [], nodeOptions: [SMALL_HEAP], ...options, env });
}

/** The environment of the origin, until a revision needs a newer Nix. */
export function originEnvironment(setup: Setup): Environment {
  return { ...setup.env, ...originSettings(setup) };
}

/**
 * Writes the file by which commands of the operator reach this registry: `cornice gc`, `doctor` and others. With the
 * operator's own settings, it makes the origin's environment. `nix` names a newer Nix.
 */
export async function writeOriginFile(setup: Setup, nix: Readonly<Record<string, string>> = {}): Promise<void> {
  const file = join(setup.config.stateDirectory, "origin.env");
  await writePrivateFile(file, environmentFile({ ...originSettings(setup), ...nix }));
}

/** What the origin gets beside the operator's settings. */
function originSettings({ config, env, source, secrets, signingKey, links, stores }: Setup): Record<string, string> {
  const defaults = {
    ...source.env,
    // A command signs in place of the key of this machine.
    ...(!env["CORNICE_SIGNING_COMMAND"] && { CORNICE_SIGNING_KEY: signingKey }),
    CORNICE_REGISTRY_URL: `http://localhost:${config.port}`,
  };
  const missing = Object.entries(defaults).filter(([name]) => env[name] === undefined);
  return {
    ...Object.fromEntries(missing),
    CORNICE_ORIGIN_PORT: String(config.originPort),
    CORNICE_ORIGIN_SECRET: secrets.originSecret,
    CORNICE_MAX_PACKAGES: String(config.maxPackages),
    CORNICE_SPOOL_DIR: join(config.stateDirectory, "spool"),
    CORNICE_SOURCES_DIR: join(config.stateDirectory, "sources"),
    ...storesEnvironment({ ...stores, port: links.storesPort }),
  };
}

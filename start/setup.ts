import { join } from "node:path";
import type { Environment } from "../origin/system/settings.ts";
import type { LocalStores } from "./local-edge/local-stores.ts";
import { type LocalSecrets, localSecrets } from "./local-secrets.ts";
import { lockFolder } from "./machine/folder-lock.ts";
import { assertPortFree, freePort } from "./machine/ports.ts";
import { ensurePrivateFolder } from "./machine/private-files.ts";
import { prepareSource, type SourceSettings } from "./package-source.ts";
import { localSigningKey } from "./signing-key.ts";
import { parseStartConfig, type StartConfig } from "./start-config.ts";
import { readWranglerToml, type WranglerToml } from "./wrangler-toml.ts";

/** The folder of this repository. */
export const FOLDER = join(import.meta.dirname, "..");

/** The values that the processes of the registry are started with. */
export interface Setup {
  readonly config: StartConfig;
  readonly env: Environment;
  readonly source: SourceSettings;
  readonly secrets: LocalSecrets;
  /** The file with the key that signs images, unless the settings name another key. */
  readonly signingKey: string;
  readonly stores: LocalStores;
  /** `wrangler.toml`, the configuration of a deployment. */
  readonly wrangler: WranglerToml;
  readonly links: Links;
}

/** How the edge and the origin reach each other. The benchmark puts proxies between them. */
export interface Links {
  readonly originUrl: string;
  /** The port of 127.0.0.1 where the origin finds R2 and KV. */
  readonly storesPort: number;
}

interface SetupOptions {
  readonly env: Environment;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** The settings of `npm start`, unless another command has read its own. */
  readonly config?: StartConfig;
  /** False if nothing may be installed. What is missing is then refused. */
  readonly installs?: boolean;
}

/** Prepares this machine, the state folder and the package source. Throws `StartError` and `ConfigError`. */
export async function prepareSetup({ env, log, signal, config: given, installs }: SetupOptions): Promise<Setup> {
  const config = given ?? parseStartConfig(env);
  await ensurePrivateFolder(config.stateDirectory);
  // First, because another registry with this folder may have the ports, too.
  await lockFolder(config.stateDirectory);
  await assertPortFree(config.port, "CORNICE_PORT", config.entrance.address);
  await assertPortFree(config.originPort, "CORNICE_ORIGIN_PORT");
  if (config.storesPort !== undefined) await assertPortFree(config.storesPort, "CORNICE_STORES_PORT");
  const { source: configured, stateDirectory: directory, platforms: architectures } = config;
  const source = await prepareSource({ source: configured, directory, architectures, env, log, signal, installs });
  const secrets = await localSecrets(config.stateDirectory);
  const signingKey = await localSigningKey(config.stateDirectory, env);
  const wrangler = await readWranglerToml(join(FOLDER, "wrangler.toml"));
  const stores = localStores(wrangler, secrets, config.storesPort ?? (await freePort()));
  const links = { originUrl: `http://127.0.0.1:${config.originPort}`, storesPort: stores.port };
  return { config, env, source, secrets, signingKey, stores, wrangler, links };
}

/** The names that the deployment uses. */
function localStores({ r2_buckets, kv_namespaces }: WranglerToml, secrets: LocalSecrets, port: number): LocalStores {
  return {
    port,
    bucket: r2_buckets[0]?.bucket_name ?? "",
    accessKeyId: secrets.accessKeyId,
    secretAccessKey: secrets.secretAccessKey,
    namespaceId: kv_namespaces[0]?.id ?? "",
    apiToken: secrets.kvToken,
  };
}

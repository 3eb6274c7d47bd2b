import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import type { Config } from "../../origin/service/config.ts";
import { describeSource } from "../../origin/sources/package-source.ts";
import type { Environment } from "../../origin/system/settings.ts";
import { addressFindings } from "./address.ts";
import { askWorker } from "./ask-worker.ts";
import { checkCaches } from "./caches.ts";
import { checkDisk } from "./disk.ts";
import { type Finding, warning } from "./finding.ts";
import { checkKeys } from "./keys.ts";
import { checkNix } from "./nix.ts";
import { type CheckedSettings, checkSettings } from "./settings.ts";
import { checkKv, checkR2 } from "./stores.ts";
import { workerFindings } from "./worker-findings.ts";

const VALUE_BYTES = 16;

/** Checks a deployment from the origin's machine. `env` has the origin's settings. Throws nothing for a bad deployment. */
export async function examine(env: Environment, asked: URL | undefined): Promise<readonly Finding[]> {
  const checked = checkSettings(env, availableParallelism());
  const value = randomBytes(VALUE_BYTES).toString("hex");
  const stores = await Promise.all([
    checked.r2 ? checkR2(checked.r2, value) : [],
    checked.kv ? checkKv(checked.kv, value) : [],
  ]);
  const registry = asked ?? registryOf(env);
  const [edge, machine] = await Promise.all([
    registry ? checkEdge(registry, checked, env, value) : [withoutRegistry()],
    checked.config ? checkMachine(checked.config, env) : [],
  ]);
  return [...checked.findings, ...stores.flat(2), ...edge, ...machine];
}

/** Undefined if the settings do not say where the registry is. */
function registryOf({ CORNICE_REGISTRY_URL: text = "" }: Environment): URL | undefined {
  return URL.parse(text) ?? undefined;
}

function withoutRegistry(): Finding {
  return warning("worker", "the Worker was not asked", "give its address: --registry https://HOST");
}

async function checkEdge(
  registry: URL,
  { config }: CheckedSettings,
  env: Environment,
  value: string,
): Promise<readonly Finding[]> {
  const secret = env["CORNICE_ORIGIN_SECRET"] ?? "";
  if (secret === "") return [warning("worker", "the Worker was not asked", "set CORNICE_ORIGIN_SECRET first")];
  const answer = await askWorker(registry, secret, value);
  const source = config && describeSource(config.source);
  const expected = { source, architecture: hostArchitecture(), oursMs: Date.now() };
  const canBeAsked = config !== undefined && answer.status !== undefined;
  return [
    ...addressFindings(registry, env["CORNICE_REGISTRY_URL"]),
    ...workerFindings(registry, answer, expected),
    ...(canBeAsked ? [await checkKeys(registry, config.trust, env)] : []),
  ];
}

async function checkMachine(config: Config, env: Environment): Promise<readonly Finding[]> {
  const folders = [STORE_DIRECTORY, config.spoolDirectory, config.sourceAccess.directory];
  const found = await Promise.all([checkNix(config, env), checkCaches(config), ...folders.map(checkDisk)]);
  return found.flat();
}

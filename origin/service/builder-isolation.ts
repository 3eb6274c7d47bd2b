import { createIsolation } from "../isolation/create-isolation.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { readNixFiles } from "../isolation/nix-conf-file.ts";
import { nixEnvironment } from "../nix/environment.ts";
import type { Environment } from "../system/settings.ts";
import type { BuilderConfig } from "./config.ts";

/** The isolation of Nix's programs with these settings. The programs get a part of `env`. */
export function builderIsolation({ nix, maxImageBytes }: BuilderConfig, env: Environment): Isolation {
  const { evaluationMib, buildMib } = nix;
  return createIsolation({
    env: nixEnvironment(env),
    nixBin: nix.nixBin,
    daemon: nix,
    evaluationMib,
    buildMib,
    maxFileBytes: maxImageBytes,
  });
}

/** Runs `work` with the isolation of these settings. Closes the isolation afterwards. */
export async function withIsolation<T>(
  config: BuilderConfig,
  env: Environment,
  work: (isolation: Isolation) => Promise<T>,
): Promise<T> {
  await readNixFiles(config.nix);
  const isolation = builderIsolation(config, env);
  try {
    return await work(isolation);
  } finally {
    await isolation.close();
  }
}

import { nixSystem } from "../../image/names/nix-system.ts";
import { ARCHITECTURES } from "../../protocol/image-request.ts";
import { createIsolation } from "../isolation/create-isolation.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { readNixFiles } from "../isolation/nix-conf-file.ts";
import { nixEnvironment } from "../nix/environment.ts";
import { starterFolder } from "../starter/starter-source.ts";
import type { Environment } from "../system/settings.ts";
import type { BuilderConfig } from "./config.ts";

/** The isolation of Nix's programs with these settings. The programs get a part of `env`. */
export function builderIsolation({ nix, source, maxImageBytes }: BuilderConfig, env: Environment): Isolation {
  const { evaluationMib, buildMib } = nix;
  // The builders of the starter set run no program of a package of another system.
  const extraSystems = starterFolder(source) === undefined ? [] : ARCHITECTURES.map(nixSystem);
  return createIsolation({
    env: nixEnvironment(env),
    nixBin: nix.nixBin,
    daemon: { ...nix, extraSystems },
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

import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { PackageRoot } from "../../image/closure/image-closure.ts";
import { createNameIndex } from "../../origin/index/indexed-names.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { type Builder, createBuilder } from "../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { describeSource } from "../../origin/sources/package-source.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";

/** An origin in this process, with a store on disk. The machine seems to have no Nix. */
export interface CachedOrigin {
  readonly builder: Builder;
  /** Builds the image of these packages, which are sorted. */
  readonly build: (packages: readonly string[]) => Promise<unknown>;
}

/** `found`: what an index knows of the packages. */
export async function openCachedOrigin(
  directory: string,
  settingsText: string,
  found: readonly PackageRoot[],
): Promise<CachedOrigin> {
  const values = Object.entries(parseJsonObject(settingsText) ?? {});
  const settings = Object.fromEntries(values.map(([key, value]) => [key, String(value)]));
  // Without PATH, there is no Nix.
  const env = { ...settings, PATH: "", CORNICE_SPOOL_DIR: join(directory, "spool"), CORNICE_KEPT_MIB: "0" };
  const config = parseBuilderConfig(env, availableParallelism());
  const store = createDiskStore(join(directory, "store"));
  const builder = await createBuilder({ config, env, store, index: { put: async () => {} } });
  const [source, architecture] = [describeSource(config.source), hostArchitecture()];
  const { restrictsPath } = config.sourceAccess;
  const index = createNameIndex(store, { source, nix: config.nix, restrictsPath });
  const revision = { revision: settings["CORNICE_SOURCE_REVISION"] ?? "", isExact: true };
  const packages = [...new Set(found.map(({ name }) => name))];
  await index.note({ packages, architecture }, revision, { found });
  return {
    builder,
    build: (names) => builder.build({ source, tag: "latest", architecture, packages: names }, () => {}),
  };
}

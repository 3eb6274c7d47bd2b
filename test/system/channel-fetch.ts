import { nixEnvironment } from "../../origin/nix/environment.ts";
import { parsePackageSource } from "../../origin/sources/package-source.ts";
import { parseSourceAccess } from "../../origin/sources/settings.ts";
import { createTagResolver, type ResolveTag } from "../../origin/sources/sources.ts";
import { Settings } from "../../origin/system/settings.ts";
import { testIsolation } from "./source-pull.ts";

export interface OpenChannel extends AsyncDisposable {
  readonly resolve: ResolveTag;
}

/** The package source of a new origin with these settings. */
export function openChannel(env: Readonly<Record<string, string>>): OpenChannel {
  const settings = new Settings(env);
  const source = parsePackageSource(settings);
  const access = parseSourceAccess(settings);
  settings.throwIfAny();
  if (!source) throw new Error("no source");
  const nixEnv = nixEnvironment({ PATH: process.env["PATH"], HOME: env["CORNICE_SOURCES_DIR"] });
  const isolation = testIsolation(nixEnv);
  const resolve = createTagResolver({
    source,
    access,
    urls: { channels: env["CORNICE_CHANNELS_URL"] ?? "", nixpkgs: env["CORNICE_NIXPKGS_URL"] ?? "" },
    env: nixEnv,
    isolation,
    signal: new AbortController().signal,
    now: Date.now,
  });
  return { resolve, [Symbol.asyncDispose]: () => isolation.close() };
}

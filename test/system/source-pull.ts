import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createIsolation } from "../../origin/isolation/create-isolation.ts";
import type { Isolation } from "../../origin/isolation/isolation.ts";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { prepareImage } from "../../origin/nix/prepare-image.ts";
import type { FoundImage } from "../../image/names/found-package.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { parsePackageSource } from "../../origin/sources/package-source.ts";
import { parseSourceAccess } from "../../origin/sources/settings.ts";
import { createTagResolver } from "../../origin/sources/sources.ts";
import { Settings } from "../../origin/system/settings.ts";
import { isJsonObject } from "../../protocol/json-object.ts";

export interface PullOptions {
  /** For clones and links. */
  readonly directory: string;
  /** The origin's settings. */
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  /** True if `name` is an image of the package set, not a package. */
  readonly isImage?: boolean;
  readonly tag?: string;
  readonly allowedUris?: string;
  readonly allowIfd?: boolean;
  readonly sandbox?: boolean;
  readonly timeoutS?: number;
  /** If undefined, the pull makes one of its own. */
  readonly isolation?: Isolation;
}

/** Whether a value of another process of the tests is options. Only the outline is checked. */
export function isPullOptions(value: unknown): value is PullOptions {
  return isJsonObject(value) && typeof value["directory"] === "string" && isJsonObject(value["env"]);
}

const GIB_IN_MIB = 1024;

export interface Pulled extends FoundImage {
  readonly revision: string;
  readonly log: readonly string[];
}

/** Whether a value of another process of the tests is a pulled closure. Only the outline is checked. */
export function isPulled(value: unknown): value is Pulled {
  if (!isJsonObject(value)) return false;
  const { revision, packages, closure, log } = value;
  return typeof revision === "string" && [packages, closure, log].every(Array.isArray);
}

export const SYSTEM = nixSystem(hostArchitecture());

/** The closure that Nix gives an origin with these settings for one package. Each pull acts as a new origin. */
export async function pullFromSource({
  directory,
  env,
  name,
  isImage = false,
  tag = "latest",
  sandbox = false,
  timeoutS = 120,
  isolation: shared,
  ...nix
}: PullOptions): Promise<Pulled> {
  const settings = new Settings({ CORNICE_SOURCES_DIR: join(directory, "sources"), ...env });
  const source = parsePackageSource(settings);
  const access = parseSourceAccess(settings);
  settings.throwIfAny();
  if (!source) throw new Error("no source");
  const { signal } = new AbortController();
  const nixEnv = nixEnvironment({ PATH: "/usr/bin:/bin", HOME: directory, ...env });
  const url = env["CORNICE_NIXPKGS_URL"] ?? "http://127.0.0.1:1";
  const urls = { channels: env["CORNICE_CHANNELS_URL"] ?? url, nixpkgs: url };
  await using own = testIsolation(nixEnv, sandbox);
  const isolation = shared ?? own;
  const resolveTag = createTagResolver({ source, access, urls, env: nixEnv, isolation, signal, now: Date.now });
  const revision = await resolveTag(tag);
  const log: string[] = [];
  const image = await prepareImage({
    ...(isImage ? { packages: [], image: name } : { packages: [name] }),
    architecture: hostArchitecture(),
    source: await revision.fetch(),
    nix: { timeoutS, ...nix },
    isolation,
    gcRoot: join(directory, `closure-${randomUUID()}`),
    signal,
    onEvent(event) {
      if (event.event === "log") log.push(event.line);
    },
  });
  return { ...image, revision: revision.revision, log };
}

/** The outcome of a pull: the pulled closure, or the error. */
export type PullOutcome = { readonly pulled: Pulled } | { readonly error: Error };

/** Pulls one name after the other, all with one isolation. */
export async function pullEach(options: PullOptions, names: readonly string[]): Promise<PullOutcome[]> {
  const env = nixEnvironment({ PATH: "/usr/bin:/bin", HOME: options.directory, ...options.env });
  await using isolation = testIsolation(env, options.sandbox);
  const outcomes: PullOutcome[] = [];
  for (const name of names) {
    const pull = pullFromSource({ ...options, name, isolation });
    outcomes.push(
      await pull.then(
        (pulled) => ({ pulled }),
        (error: Error) => ({ error }),
      ),
    );
  }
  return outcomes;
}

/** An isolation like an origin's. `await using` closes it at the end of the block. */
export function testIsolation(env: Readonly<Record<string, string>>, sandbox = false) {
  const isolation = createIsolation({
    env,
    daemon: { sandbox, substituters: "", maxJobs: undefined },
    evaluationMib: 4 * GIB_IN_MIB,
    buildMib: 4 * GIB_IN_MIB,
    maxFileBytes: 2 ** 33,
  });
  return { ...isolation, [Symbol.asyncDispose]: () => isolation.close() };
}

/** An expression for a derivation. Its output is a file with the value of the expression `text`. */
export function derivation(name: string, text: string): string {
  return `derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "echo \${${text}} > $out" ]; }`;
}

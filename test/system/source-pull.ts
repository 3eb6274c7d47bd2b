import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { type PreparedImage, prepareImage } from "../../origin/nix/prepare-image.ts";
import { hostArchitecture, nixSystem } from "../../origin/nix/system.ts";
import { parsePackageSource } from "../../origin/sources/package-source.ts";
import { parseSourceAccess } from "../../origin/sources/source-settings.ts";
import { createTagResolver } from "../../origin/sources/sources.ts";
import { Settings } from "../../origin/settings.ts";
import { REPOSITORY } from "./registry.ts";

interface PullOptions {
  /** Clones and links are made here. */
  readonly directory: string;
  /** The origin's settings. */
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  /** Whether the name is that of an image of the package set. */
  readonly isImage?: boolean;
  readonly tag?: string;
  readonly allowedUris?: string;
  readonly allowIfd?: boolean;
}

interface Pulled extends PreparedImage {
  readonly revision: string;
  readonly log: readonly string[];
}

export const SYSTEM = nixSystem(hostArchitecture());

/** What an origin with these settings gets from Nix for one package; every pull is an origin just started. */
export async function pullFromSource({
  directory,
  env,
  name,
  isImage = false,
  tag = "latest",
  ...nix
}: PullOptions): Promise<Pulled> {
  const settings = new Settings({ CORNICE_SOURCES_DIR: join(directory, "sources"), ...env });
  const source = parsePackageSource(settings);
  const access = parseSourceAccess(settings);
  settings.throwIfAny();
  if (!source) throw new Error("no source");
  const { signal } = new AbortController();
  const nixEnv = nixEnvironment({ PATH: "/usr/bin:/bin", HOME: directory, ...env }, join(REPOSITORY, "nix/bin"));
  const urls = { channels: "http://127.0.0.1:1", nixpkgs: "http://127.0.0.1:1" };
  const resolveTag = createTagResolver({ source, access, urls, env: nixEnv, signal, now: Date.now });
  const revision = await resolveTag(tag);
  const log: string[] = [];
  const image = await prepareImage({
    ...(isImage ? { packages: [], image: name } : { packages: [name] }),
    architecture: hostArchitecture(),
    source: await revision.fetch(),
    nix: { timeoutS: 120, sandbox: false, substituters: "", maxJobs: undefined, ...nix },
    env: nixEnv,
    gcRoot: join(directory, `closure-${randomUUID()}`),
    signal,
    onPhase: () => {},
    onLog: (line) => log.push(line),
  });
  return { ...image, revision: revision.revision, log };
}

/** A derivation as an expression, whose file says what the expression `text` gives. */
export function derivation(name: string, text: string): string {
  return `derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "echo \${${text}} > $out" ]; }`;
}

import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../nix/command.ts";
import { isStorePath } from "../nix/store-path.ts";
import { pathExists } from "../path-exists.ts";

interface StoredSourcesOptions {
  /** Tells the sources of one repository from those of others. */
  readonly name: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly checkOut: (revision: string, folder: string) => Promise<void>;
}

/** Revisions of a source in the Nix store, the latest of them kept from its garbage collector. */
export interface StoredSources {
  path(revision: string): Promise<string>;
}

/** Old ones are made again when they are asked for. */
const MAX_KEPT = 16;
const NAME_HASH_LENGTH = 16;
/** As Nix calls what it fetches itself; part of the store path. */
const SOURCE_NAME = "source";

export function createStoredSources(options: StoredSourcesOptions): StoredSources {
  const { env, signal, checkOut } = options;
  const hash = createHash("sha256").update(options.name).digest("hex").slice(0, NAME_HASH_LENGTH);
  const links = join(options.directory, `${hash}.revisions`);
  const running = new Map<string, Promise<string>>();

  async function make(revision: string): Promise<string> {
    await mkdir(links, { recursive: true, mode: 0o700 });
    const link = join(links, revision);
    const kept = await readlink(link).catch(() => "");
    if (isStorePath(kept) && (await pathExists(kept))) return kept;
    const scratch = await mkdtemp(join(options.directory, "checkout-"));
    try {
      const folder = join(scratch, SOURCE_NAME);
      await mkdir(folder);
      await checkOut(revision, folder);
      const path = await addToStore(folder, { env, signal });
      await nixStore(["--realise", path, "--add-root", link], { env, signal });
      await forgetOldest(links);
      return path;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  return {
    path(revision) {
      const path = running.get(revision) ?? make(revision).finally(() => running.delete(revision));
      running.set(revision, path);
      return path;
    },
  };
}

interface StoreOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Copies a folder into the Nix store, under its own name, and returns its path there. */
export async function addToStore(folder: string, options: StoreOptions): Promise<string> {
  const path = (await nixStore(["--add", folder], options)).at(-1) ?? "";
  if (isStorePath(path)) return path;
  throw new Error(`nix-store --add gave no store path: ${path}`);
}

async function nixStore(args: readonly string[], { env, signal }: StoreOptions): Promise<string[]> {
  const lines: string[] = [];
  const log: string[] = [];
  await runCommand("nix-store", {
    args,
    env,
    signal,
    onStdout: (line) => lines.push(line),
    onStderr: (line) => log.push(line),
  }).catch((cause: unknown) => {
    throw new Error(`nix-store ${args.join(" ")} failed: ${log.join("\n")}`, { cause });
  });
  return lines;
}

async function forgetOldest(links: string): Promise<void> {
  const names = await readdir(links);
  if (names.length <= MAX_KEPT) return;
  const made = await Promise.all(names.map(async (name) => ({ name, at: (await lstat(join(links, name))).mtimeMs })));
  const oldest = made.toSorted((a, b) => a.at - b.at).slice(0, names.length - MAX_KEPT);
  for (const { name } of oldest) await rm(join(links, name), { force: true });
}

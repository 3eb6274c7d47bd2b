import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rm } from "node:fs/promises";
import { output } from "../system/program.ts";
import { withStore } from "./own-store.ts";

interface CacheOptions {
  /** The folder of a package set. */
  readonly set: string;
  /** The set's file that lets its packages build. */
  readonly mayBuild: string;
  readonly attributes: readonly string[];
  readonly compression?: "none" | "xz" | "zstd";
}

/** A binary cache in a folder. */
export interface BinaryCache {
  readonly folder: string;
  /** The public half of the key that signs it: `<name>:<base64>`. */
  readonly publicKey: string;
  /** The store paths of the attributes. */
  readonly paths: readonly string[];
}

const KEY_NAME = "stand-in-1";
/** This store has no users who build, and needs none. */
const UNCONFINED = ["--option", "build-users-group", "", "--option", "sandbox", "false"];

/** Builds packages in a store of their own, and copies their closures into a signed binary cache. It needs root. */
export async function makeCache(directory: string, options: CacheOptions): Promise<BinaryCache> {
  const { set, mayBuild, attributes, compression = "zstd" } = options;
  const [store, folder] = [join(directory, "store"), join(directory, "cache")];
  const [secret, publicHalf] = [join(directory, "key.secret"), join(directory, "key.public")];
  for (const path of [store, folder, join(store, "home")]) await mkdir(path, { recursive: true });
  await output("nix-store", ["--generate-binary-cache-key", KEY_NAME, secret, publicHalf]);
  const nix = async (file: string, args: readonly string[]) => {
    const command = withStore(store, {
      file,
      args,
      env: { ...pathOnly(), HOME: join(store, "home"), NIX_REMOTE: "local" },
    });
    return output(command.file, command.args, { env: command.env });
  };
  await writeFile(mayBuild, "");
  const build = ["--no-out-link", ...UNCONFINED, "--option", "substituters", "", set];
  const built = await nix("nix-build", [...build, ...attributes.flatMap((name) => ["-A", name])]);
  await rm(mayBuild);
  const paths = built.trim().split("\n");
  const target = `file://${folder}?compression=${compression}&secret-key=${secret}`;
  await nix("nix", ["--extra-experimental-features", "nix-command", "copy", ...UNCONFINED, "--to", target, ...paths]);
  return { folder, publicKey: (await readFile(publicHalf, "utf8")).trim(), paths };
}

function pathOnly(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "" };
}

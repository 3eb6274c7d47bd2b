import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Isolation } from "../isolation/isolation.ts";
import { isOlder, newestOf, type NixVersion, parseNixVersion } from "../isolation/nix-version.ts";
import { NixTooOld } from "./nix-too-old.ts";
import type { ResolvedSource } from "./resolved-source.ts";

type Place = Pick<ResolvedSource, "location" | "directory">;

/** nixpkgs' files with the oldest Nix that evaluates it. They have less than 1 KiB. */
const MAX_FILE_BYTES = 65_536;
/** `lib/minver.nix`: a comment, and a string. */
const MINIMUM = /^(?:\s*#[^\n]*\n)*\s*"([^"\n]{1,80})"\s*$/;
/** `lib/minfeatures.nix`: a condition on `builtins.nixVersion`. */
const CONDITION = /compareVersions\s+"([^"\n]{1,80})"\s+builtins\.nixVersion\b/g;

/**
 * The oldest Nix that the source says it works with. Undefined if its files do not say it in plain text. Then Nix says it
 * during the evaluation.
 */
export async function neededNix({ location, directory = "" }: Place): Promise<NixVersion | undefined> {
  const folder = await sourceFolder(join(location, directory));
  if (folder === undefined) return undefined;
  const minimum = MINIMUM.exec(await readSmall(join(folder, "lib/minver.nix")))?.[1];
  const features = await readSmall(join(folder, "lib/minfeatures.nix"));
  const texts = [minimum, ...Array.from(features.matchAll(CONDITION), ([, text]) => text)];
  return newestOf(texts.map((text) => parseNixVersion(text ?? "")).filter((version) => version !== undefined));
}

/** Throws `NixTooOld` if the source says that it needs a newer Nix than the isolation has. */
export async function checkNixVersion(place: Place, isolation: Pick<Isolation, "nixVersion">): Promise<void> {
  const needed = await neededNix(place);
  if (needed === undefined) return;
  const present = await isolation.nixVersion();
  if (isOlder(present, needed)) throw new NixTooOld(present, needed);
}

/** A path source may be a file. Only a `default.nix` stands for its whole folder. */
async function sourceFolder(path: string): Promise<string | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return path;
  return status?.isFile() && basename(path) === "default.nix" ? dirname(path) : undefined;
}

/** A text of a hostile source. Empty if it is no regular file, or a large one. A named pipe would block a plain read. */
async function readSmall(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (!handle) return "";
  try {
    const status = await handle.stat();
    return status.isFile() && status.size <= MAX_FILE_BYTES ? await handle.readFile("utf8") : "";
  } finally {
    await handle.close();
  }
}

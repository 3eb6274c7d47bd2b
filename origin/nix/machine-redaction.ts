import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Isolation } from "../isolation/isolation.ts";
import { type Place, redactPaths, redactUrls } from "../system/redact.ts";
import type { ResolvedSource } from "./resolved-source.ts";

interface MachineParts {
  readonly source: ResolvedSource;
  readonly isolation: Pick<Isolation, "places">;
  /** The folder of files that the origin writes for Nix. */
  readonly spool?: string;
}

const REPOSITORY = join(import.meta.dirname, "../..");

/**
 * Removes from texts of Nix the paths of this machine, and the passwords of addresses: a binary cache's address can have
 * one. Clients see such texts.
 */
export async function machineRedaction(parts: MachineParts): Promise<(text: string) => string> {
  const places = await machinePlaces(parts);
  return (text) => redactUrls(redactPaths(text, places));
}

async function machinePlaces({ source, isolation, spool = "" }: MachineParts): Promise<Place[]> {
  const { location, nixpkgs } = source;
  // Nix prints the path of a symbolic link or of its target. A file can import its neighbours, so Nix prints them, too.
  const itself = source.kind === "path" ? await realpath(location).catch(() => location) : location;
  return [
    [folderOf(location), "SOURCE"],
    [folderOf(itself), "SOURCE"],
    [nixpkgs ?? "", "NIXPKGS"],
    [spool, "SPOOL"],
    [REPOSITORY, "CORNICE"],
    ...isolation.places,
  ];
}

function folderOf(path: string): string {
  return path.endsWith(".nix") ? dirname(path) : path;
}

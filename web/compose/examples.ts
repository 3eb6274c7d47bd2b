import { SHELL_PACKAGES } from "../../protocol/image-name.ts";
import type { SearchIndex } from "./search.ts";

const USUAL = ["shell/git/htop", "shell/ripgrep/jq", "python3"];
const OTHERS = 3;

/** Names of images that this package set has: the usual examples, or the first packages of a set without those. */
export function exampleNames({ packages }: SearchIndex): readonly string[] {
  const known = new Set(packages.map(([name]) => name));
  const usual = USUAL.filter((name) => packagesOf(name).every((part) => known.has(part)));
  return usual.length > 0 ? usual : packages.slice(0, OTHERS).map(([name]) => name);
}

function packagesOf(name: string): string[] {
  return name.split("/").flatMap((part) => (part === "shell" ? SHELL_PACKAGES : [part]));
}

/** Whether the set has all packages that `shell` stands for. */
export function hasShell({ packages }: SearchIndex): boolean {
  const known = new Set(packages.map(([name]) => name));
  return SHELL_PACKAGES.every((name) => known.has(name));
}

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** How large a package set is. Every size has a small default. */
export interface PackageSetOptions {
  /** Packages in `pkgs/by-name`, which refer to each other. */
  readonly packages?: number;
  readonly pythonModules?: number;
  /** The oldest version of Nix that the set accepts. */
  readonly minimumNix?: string;
  /** Files that no package needs, as the modules of NixOS are. nixpkgs has 45,000 files. */
  readonly furtherFiles?: number;
  /** The size of the package `bigone`. */
  readonly bigMib?: number;
  /** The packages build only where this file exists. Elsewhere their builder is a compiler that takes an hour. */
  readonly mayBuild: string;
}

const SET = join(import.meta.dirname, "set");
const BLOCKS_A_MIB = 16;
/** Files of one folder. */
const FOLDER_FILES = 180;

/** Writes a package set in the shape of nixpkgs. Its packages cannot be built here, but a binary cache can have them. */
export async function writePackageSet(folder: string, options: PackageSetOptions): Promise<void> {
  const { packages = 40, pythonModules = 3, minimumNix = "2.3", furtherFiles = 0, bigMib = 0, mayBuild } = options;
  await cp(SET, folder, { recursive: true });
  const builder = join(folder, "pkgs/stdenv/builder.sh");
  const files = new Map([
    ["lib/minver.nix", `"${minimumNix}"\n`],
    ["pkgs/python/count.nix", `${pythonModules}\n`],
    ["pkgs/top-level/big-blocks.nix", `${bigMib * BLOCKS_A_MIB}\n`],
    ["pkgs/stdenv/builder.sh", (await readFile(builder, "utf8")).replace("@mayBuild@", mayBuild)],
    ...packageFiles(packages),
    ...Array.from({ length: furtherFiles }, (_, index) => moduleFile(index)),
  ]);
  for (const [path, text] of files) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The names of the first packages of every set in `pkgs/by-name`. */
export function packageNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${pick(PREFIXES, index)}${pick(SUFFIXES, index)}${index}`);
}

const PREFIXES = ["ab", "be", "co", "du", "el", "fa", "go", "hi"];
const SUFFIXES = ["rust", "tool", "lint", "net", "view"];

function pick(words: readonly string[], index: number): string {
  return words[index % words.length] ?? "";
}

function packageFiles(count: number): [path: string, text: string][] {
  const random = randomNumbers();
  const names = packageNames(count);
  return names.map((name, index) => {
    const others = Array.from({ length: Math.min(index, 1 + random(4)) }, () => names[random(index)] ?? "");
    const text = packageText(name, index, { dependencies: [...new Set(others)], blocks: 1 + random(12) });
    return [`pkgs/by-name/${name.slice(0, 2)}/${name}/package.nix`, text];
  });
}

interface Contents {
  readonly dependencies: readonly string[];
  readonly blocks: number;
}

function packageText(name: string, index: number, { dependencies, blocks }: Contents): string {
  const outputs = index % 4 === 1 ? '\n  outputs = [ "bin" "out" "man" ];' : "";
  return `{ ${["lib", "stdenv", ...dependencies].join(", ")} }:
stdenv.mkDerivation {
  pname = "${name}";
  version = "1.${index}";
  size = ${blocks};
  deps = [ ${dependencies.join(" ")} ];${outputs}
  file = toString ./package.nix;
  meta = {
    description = "Program number ${index}";
    license = { free = true; shortName = "mit"; };
    platforms = [ "x86_64-linux" "aarch64-linux" "i686-linux" ];
  };
}
`;
}

function moduleFile(index: number): [path: string, text: string] {
  const comment = `  # ${"x".repeat(60)} ${index}\n`.repeat(40);
  const text = `{ lib, ... }:\n{\n  options.m${index}.enable = lib.mkEnableOption "module ${index}";\n${comment}}\n`;
  return [`nixos/modules/g${Math.floor(index / FOLDER_FILES)}/m${index}.nix`, text];
}

/** Numbers below a limit, the same ones each time: the generator of C's standard (ISO C, `rand`). */
function randomNumbers(): (below: number) => number {
  let state = 12_345;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    return Math.floor((state / 0x80_00_00_00) * below);
  };
}

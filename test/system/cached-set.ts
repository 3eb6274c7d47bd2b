import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTree } from "../origin/fixtures.ts";
import { type BinaryCache, makeCache } from "../stand-in/binary-cache.ts";
import { removeFolder } from "../remove-folder.ts";
import { SYSTEM } from "./source-pull.ts";

/** A package set whose packages cannot be built here, and a binary cache that has all of them but one. */
export interface CachedSet extends AsyncDisposable {
  readonly directory: string;
  readonly cache: BinaryCache;
  /** The settings of an origin for this set, without caches. */
  readonly env: Readonly<Record<string, string>>;
}

/** Not in the cache. It builds anywhere. */
export const BUILT_HERE = "built-here";

/** The packages of the set, with the packages that each refers to. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "common-lib": [],
  alpha: ["common-lib"],
  beta: ["common-lib"],
  gamma: ["alpha"],
  "iana-etc": [],
};

interface SetOptions {
  readonly compression: "none" | "xz" | "zstd";
}

/** It needs root, and a few seconds. */
export async function cachedSet({ compression }: SetOptions): Promise<CachedSet> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-cached-"));
  const mayBuild = join(directory, "may-build");
  await writeTree(directory, { "set/default.nix": setText(directory, mayBuild) });
  const set = join(directory, "set");
  const cache = await makeCache(directory, { set, mayBuild, attributes: Object.keys(PACKAGES), compression });
  return {
    directory,
    cache,
    env: {
      CORNICE_PKGS_PATH: set,
      CORNICE_SOURCE_NAME: "test",
      CORNICE_SOURCE_REVISION: "r1",
      CORNICE_NIX_SANDBOX: "false",
      CORNICE_SPOOL_DIR: join(directory, "spool"),
    },
    [Symbol.asyncDispose]: () => removeFolder(directory),
  };
}

/**
 * Each set has store paths of its own, because the builders' text names the folder. A package has a program, a link to
 * what it refers to, equal files, and a large file, so that some packages get a layer of their own.
 */
function setText(directory: string, mayBuild: string): string {
  const make = `
    if [ ! -e ${mayBuild} ]; then echo compiling; exit 1; fi
    mkdir -p $out/bin $out/share/$name
    echo "echo $name" > $out/bin/$name
    chmod +x $out/bin/$name
    head -c 200000 /dev/urandom > $out/share/$name/data
    cp $out/share/$name/data $out/share/$name/same
    for path in $needed; do ln -s $path $out/share/$name/; done
  `;
  const definitions = Object.entries(PACKAGES).map(
    ([name, needed]) =>
      `"${name}" = package "${name}" "${needed.map((other) => `\${set."${other}"} `).join("")}" make;`,
  );
  return `
let
  package = name: needed: script: derivation {
    inherit name needed;
    system = "${SYSTEM}";
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    args = [ "-ec" script ];
  };
  make = ''${make.replaceAll("${", "''${")}'';
  set = {
    ${definitions.join("\n    ")}
    "${BUILT_HERE}" = package "${BUILT_HERE}" "\${set.alpha}" ''
      mkdir -p $out/bin
      echo "${directory} $needed" > $out/bin/$name
    '';
    refused = throw "refused was removed; use alpha";
  };
in
set
`;
}

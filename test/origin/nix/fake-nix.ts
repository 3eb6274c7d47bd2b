import { join } from "node:path";
import type { StorePath } from "../../../image/closure/store-path.ts";
import { writeTree } from "../fixtures.ts";

/** What the programs of Nix do, in place of Nix. */
export interface FakeNix {
  /** What evaluation gives. */
  readonly evaluation: object;
  /** The store paths that realising gives, one for each thing to realise. */
  readonly realised: readonly string[];
  readonly closure: readonly StorePath[];
  /** Runs instead of printing the evaluation. */
  readonly evaluate?: string;
  /** Runs before anything is realised. */
  readonly realise?: string;
}

/** Writes `nix-instantiate` and `nix-store` as scripts, and returns a PATH that has them and the system's programs. */
export async function writeFakeNix(directory: string, nix: FakeNix): Promise<string> {
  const evaluate = nix.evaluate ?? print(JSON.stringify(nix.evaluation));
  const store = `case $1 in
--realise)
  ${nix.realise ?? ":"}
  while [ "$1" != --add-root ]; do shift; done
  number=1 link=$2
  for path in ${nix.realised.join(" ")}; do
    ln -s "$path" "$link"
    echo "$link"
    number=$((number + 1)) link=$2-$number
  done ;;
--query) ${print(...nix.closure.map(({ path }) => path))} ;;
--dump-db) ${print(...nix.closure.flatMap(registration))} ;;
esac`;
  await writeTree(join(directory, "bin"), {
    "nix-instantiate": { program: `#!/bin/sh\n${evaluate}\n` },
    "nix-store": { program: `#!/bin/sh\n${store}\n` },
  });
  return `${directory}/bin:/usr/bin:/bin`;
}

function print(...lines: readonly string[]): string {
  return lines.length === 0 ? ":" : `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}`;
}

/** The lines of `nix-store --dump-db`. */
export function registration({ path, narSize, references }: StorePath): string[] {
  return [path, "0".repeat(64), String(narSize), "", String(references.length), ...references];
}

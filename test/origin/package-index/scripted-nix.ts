import { vi } from "vitest";
import { type ListOptions, listPackages } from "../../../origin/package-index/list-packages.ts";
import { writeTree } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";

/**
 * Reads expressions as `nix repl` does, and prints lines as Nix does. A failure ends a walk, not the program. An
 * explanation has the attribute's names as its place.
 */
const PROGRAM = `#!/bin/sh
tell() { for line in "$@"; do printf 'trace: %s%s\\n' "$mark" "$line" >&2; done; }
found() { tell '{"at":'"$1"'}' '{"package":"1"}' '{"description":"d"}'; }
fail() { echo "error: $1" >&2; walk_fails=yes; }
walk() { case $1 in
SCRIPT
esac; }
while read -r first second third; do
  case $first in
  "cornice") mark=\${third#*mark = \\"}; mark="\${mark%%\\"*}" ;;
  "cornice.walk") start=\${second#*:}; walk_fails=; walk "\${start%%]*}]"; [ -n "$walk_fails" ] || tell '{"listed":true}' ;;
  "cornice.explain") walk "$second" ;;
  "builtins.trace") tell '{"ended":true}' ;;
  esac
done
`;

export const LIMITS = { timeoutS: 60, memoryMib: 1000, processes: 1, intervalS: 3600 };
/** The lines of a walk that enters a set of three attributes. */
export const NAMES = `tell '{"names":["a","b","c"]}'`;

/** Lists with a script instead of Nix. `script`: the commands to run for each start place. */
export async function list(
  directory: string,
  script: Readonly<Record<string, string>>,
  options: Partial<ListOptions> = {},
) {
  const cases = Object.entries(script).map(([start, commands]) => `'${start}') ${commands} ;;`);
  const program = PROGRAM.replace("SCRIPT", () => cases.join("\n"));
  await writeTree(directory, { "bin/nix": { program } });
  const { isolation, calls } = recordedIsolation({ PATH: `${directory}/bin:/usr/bin:/bin` });
  const [onProgress, onFailure] = [vi.fn(), vi.fn()];
  const listing = listPackages({
    source: { kind: "path", location: "/pkgs", revision: "r1" },
    system: "x86_64-linux",
    nix: {},
    limits: LIMITS,
    hasOutcomes: false,
    isolation,
    signal: new AbortController().signal,
    onProgress,
    onFailure,
    ...options,
  });
  const packages = listing.then((listed) => listed.packages);
  packages.catch(() => {});
  return { listing, packages, onProgress, onFailure, calls };
}

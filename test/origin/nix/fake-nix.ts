import { join } from "node:path";
import { base32 } from "../../../image/closure/base32.ts";
import { texts } from "../../../origin/nix/store-protocol.ts";
import type { StoredPath } from "../../../origin/nix/stored-path.ts";
import { fromHex } from "../../../protocol/hex.ts";
import { numberBytes, textBytes } from "../../../origin/nars/wire-format.ts";
import { writeTree } from "../write-tree.ts";

/** The answers of scripts that stand for the programs of Nix. */
export interface FakeNix {
  /** The answer of `nix-instantiate`. */
  readonly evaluation: object;
  /** The store paths that `nix-store --realise` gives, one for each argument. */
  readonly realised: readonly string[];
  readonly closure: readonly StoredPath[];
  /** Those of the realised paths that are still there afterwards. By default, all. */
  readonly valid?: readonly string[];
  /** Shell code that runs instead of printing the evaluation. */
  readonly evaluate?: string;
  /** Shell code that runs at the start of `nix-store --realise`. */
  readonly realise?: string;
  /** Shell code that runs at the start of `nix-store --serve`. */
  readonly serve?: string;
}

/** Writes `nix-instantiate` and `nix-store` as scripts. Returns a PATH with them and the system's programs. */
export async function writeFakeNix(directory: string, nix: FakeNix): Promise<string> {
  const link = `while [ "$1" != --add-root ]; do shift; done; printf '%s!' "$2"`;
  const evaluate = nix.evaluate ?? `${link}\n${print(JSON.stringify(nix.evaluation))}`;
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
--serve)
  ${nix.serve ?? ":"}
  echo ${answer(nix)} | base64 --decode
  cat > "$0.questions" ;;
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

/**
 * What `nix-store --serve` answers: the greeting, the valid paths before and after realising, the closure, and what it knows
 * of each path.
 */
function answer({ closure, realised, valid = realised }: FakeNix): string {
  const isNew = closure.some(({ narHash }) => narHash !== undefined);
  const greeting = [numberBytes(0x5452eecb), numberBytes(isNew ? 0x207 : 0x203)];
  const infos = isNew ? pathInfos(closure) : oldPathInfos(closure);
  return Buffer.concat([...greeting, texts([]), texts(valid), texts(closure.map(({ path }) => path)), infos]).toString(
    "base64",
  );
}

/** The answer in the protocol's version 2.4. */
export function pathInfos(paths: readonly StoredPath[]): Buffer {
  const infos = paths.flatMap(({ narHash, signers = [], ...path }) => [
    ...oldInfo(path),
    textBytes(narHash === undefined ? "" : `sha256:${base32(fromHex(narHash))}`),
    textBytes(""),
    texts(signers.map((name) => `${name}:${"A".repeat(86)}==`)),
  ]);
  return Buffer.concat([...infos, textBytes("")]);
}

/** The answer in the protocol's version 2.3. */
export function oldPathInfos(paths: readonly StoredPath[]): Buffer {
  return Buffer.concat([...paths.flatMap(oldInfo), textBytes("")]);
}

function oldInfo({ path, derivation = "", references, narSize }: StoredPath): Buffer[] {
  return [textBytes(path), textBytes(derivation), texts(references), numberBytes(0), numberBytes(narSize)];
}

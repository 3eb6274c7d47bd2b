import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { IndexError } from "../../../origin/package-index/index-error.ts";
import { type ListOptions, listPackages } from "../../../origin/package-index/list-packages.ts";
import { rejection, test, until, writeTree } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";

/** Reads expressions as `nix repl` does, and prints lines as Nix does. A failure ends a walk, not the program. */
const PROGRAM = `#!/bin/sh
tell() { for line in "$@"; do printf 'trace: %s%s\\n' "$mark" "$line" >&2; done; }
found() { tell '{"at":'"$1"'}' '{"package":"1"}' '{"description":"d"}'; }
fail() { echo "error: $1" >&2; walk_fails=yes; }
walk() { case $1 in
SCRIPT
esac; }
while read -r first second third; do
  case $first in
  "cornice") if [ "$second" = "=" ]; then mark=\${third#*mark = \\"}; mark="\${mark%%\\"*}"
    else start=\${second#\\"}; walk_fails=; walk "\${start%\\"}"; [ -n "$walk_fails" ] || tell '{"listed":true}'; fi ;;
  "builtins.trace") tell '{"ended":true}' ;;
  esac
done
`;

/** Lists with a script instead of Nix. `script`: the commands to run for each start place. */
async function list(directory: string, script: Readonly<Record<string, string>>, options: Partial<ListOptions> = {}) {
  const cases = Object.entries(script).map(([start, commands]) => `'${start}') ${commands} ;;`);
  const program = PROGRAM.replace("SCRIPT", () => cases.join("\n"));
  await writeTree(directory, { "bin/nix": { program } });
  const { isolation, calls } = recordedIsolation({ PATH: `${directory}/bin:/usr/bin:/bin` });
  const [onProgress, onFailure] = [vi.fn(), vi.fn()];
  const listing = listPackages({
    source: { kind: "path", location: "/pkgs", revision: "r1" },
    system: "x86_64-linux",
    nix: {},
    limits: { timeoutS: 60, memoryMib: 1000, intervalS: 3600 },
    isolation,
    signal: new AbortController().signal,
    onProgress,
    onFailure,
    ...options,
  });
  return { listing, onProgress, onFailure, calls };
}

const NAMES = `tell '{"names":["a","b","c"]}'`;
const row = (name: string) => [name, "1", "d"];

describe("Nix is run", () => {
  test("with the source, as for a build, and with limits", async ({ directory }) => {
    const { listing, calls } = await list(directory, { "[]": NAMES });
    expect(await listing).toEqual([]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.program).toBe("nix");
    expect(calls[0]?.args).toEqual(expect.arrayContaining(["repl", "restrict-eval"]));
    const files = ["list-packages.nix", "load-packages.nix"].map((file) =>
      join(import.meta.dirname, "../../../nix", file),
    );
    const readable = ["/pkgs", ...files];
    expect(calls[0]?.sight).toEqual({
      readable,
      owner: undefined,
      network: false,
      git: false,
      memoryMib: 1000,
      isLowPriority: true,
    });
  });

  test("again for the rest of the set", async ({ directory }) => {
    const script = { "[]": `${NAMES}; found '[0]'; tell '{"more":[1]}'`, "[1]": "found '[1]'; found '[2]'" };
    const { listing, onProgress } = await list(directory, script);
    expect(await listing).toEqual([row("a"), row("b"), row("c")]);
    expect(onProgress.mock.calls).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("again, but once, at an attribute that may have had too little memory", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; found '[0]'; tell '{"at":[1]}'; fail 'out of memory'`,
      "[1]": `found '[1]'; tell '{"at":[2]}'; kill -9 $$`,
      "[2]": `tell '{"at":[2]}'; kill -9 $$`,
      "[3]": ":",
    };
    const { listing, onFailure } = await list(directory, script);
    expect(await listing).toEqual([row("a"), row("b")]);
    expect(onFailure.mock.calls).toEqual([["c", expect.stringContaining("ended with SIGKILL")]]);
  });
});

describe("the same Nix goes on", () => {
  test("after an attribute that cannot be evaluated", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; found '[0]'; tell '{"at":[1]}'; fail 'infinite recursion encountered'`,
      "[2]": "found '[2]'",
    };
    const { listing, onFailure, calls } = await list(directory, script);
    expect(await listing).toEqual([row("a"), row("c")]);
    expect(onFailure.mock.calls).toEqual([["b", "infinite recursion encountered"]]);
    expect(calls).toHaveLength(1);
  });

  test("after an attribute of an inner set", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; tell '{"at":[1]}' '{"names":["x","y"]}' '{"at":[1,0]}'; fail 'no'`,
      "[1,1]": `tell '{"at":[1]}'; found '[1,1]'`,
    };
    const { listing, onFailure, calls } = await list(directory, script);
    expect(await listing).toEqual([row("b.y")]);
    expect(onFailure.mock.calls).toEqual([["b.x", "no"]]);
    expect(calls).toHaveLength(1);
  });

  test("with the reason of each failure", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; tell '{"at":[0]}'; fail 'first'`,
      "[1]": `tell '{"at":[1]}'; fail 'second'`,
      "[2]": "found '[2]'",
    };
    const { listing, onFailure } = await list(directory, script);
    expect(await listing).toEqual([row("c")]);
    expect(onFailure.mock.calls).toEqual([
      ["a", "first"],
      ["b", "second"],
    ]);
  });
});

test("a package whose description alone fails is listed without it", async ({ directory }) => {
  const script = { "[]": `${NAMES}; tell '{"at":[0]}' '{"package":"1"}'; fail 'no'`, "[1]": ":" };
  const { listing, onFailure } = await list(directory, script);
  expect(await listing).toEqual([["a", "1", ""]]);
  expect(onFailure).not.toHaveBeenCalled();
});

test("an attribute that never ends is left out after a minute", async ({ directory, onTestFinished }) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const script = { "[]": `${NAMES}; tell '{"at":[0]}'; sleep 1000`, "[1]": "found '[1]'" };
  const { listing, onProgress, onFailure } = await list(directory, script);
  await until(() => onProgress.mock.calls.length > 0);
  vi.advanceTimersByTime(60_000);
  expect(await listing).toEqual([row("b")]);
  expect(onFailure.mock.calls).toEqual([["a", "it takes too long"]]);
});

describe("there is no list", () => {
  test("if the source is not a package set", async ({ directory }) => {
    const { listing } = await list(directory, { "[]": "fail 'value is a string while a set was expected'" });
    const error = await rejection(listing);
    expect(error).toBeInstanceOf(IndexError);
    expect(error).toMatchObject({
      message: "the package set cannot be evaluated: value is a string while a set was expected",
    });
  });

  test("after the time limit", async ({ directory }) => {
    const limits = { timeoutS: 1, memoryMib: 1000, intervalS: 3600 };
    const { listing } = await list(directory, { "[]": `${NAMES}; sleep 1000` }, { limits });
    expect(await rejection(listing)).toMatchObject({
      name: "IndexError",
      message: "listing the packages took longer than 1 s; raise CORNICE_INDEX_TIMEOUT",
    });
  });

  test("if the caller aborts", async ({ directory }) => {
    const stop = new AbortController();
    const { listing, onProgress } = await list(
      directory,
      { "[]": `${NAMES}; tell '{"at":[0]}'; sleep 1000` },
      { signal: stop.signal },
    );
    const stopped = rejection(listing);
    await until(() => onProgress.mock.calls.length > 0);
    stop.abort(new Error("enough"));
    expect(await stopped).toMatchObject({ message: "enough" });
  });
});

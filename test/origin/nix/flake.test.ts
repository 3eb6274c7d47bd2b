import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { GIT_PROGRAMS } from "../../../origin/isolation/environments.ts";
import { prepareFlake } from "../../../origin/nix/flake.ts";
import { rejection, test, type TreeNode, writeTree } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";

const STORED = "/nix/store/00000000000000000000000000000000-source";
const ADD = join(import.meta.dirname, "../../../nix/add-to-store.nix");
const FOLDER = join(import.meta.dirname, "../../../nix");

/** Scripts stand for Nix. The store is a folder of the test. The flake's lock file pins `inputs`. */
async function setUp(
  directory: string,
  inputs: readonly object[] = [],
  uris: readonly string[] = [],
  accessTokens?: string,
) {
  const program = (script: string): TreeNode => ({ program: `#!/bin/sh\n${script}\n` });
  await writeTree(directory, {
    "bin/nix-store": program("echo sha256:abc"),
    "bin/nix": program("echo sha256-a+b+c="),
    "bin/nix-instantiate": program(`case "$*" in
*add-to-store.nix*) echo '${directory}/links/flake!"${STORED}"' ;;
*fetch-inputs.nix*) echo fetching >&2; printf '%s\\n' "$PATH" "\${GIT_ALLOW_PROTOCOL-}" "\${NIX_CONFIG-}" >${directory}/fetched; echo '[]' ;;
*) echo '${JSON.stringify({ inputs, uris })}' ;;
esac`),
    "flake/flake.nix": "{ }",
    "flake/flake.lock": "{ }",
    "flake/nix/flake.nix": "{ }",
    "flake/none/": "",
    "outside/flake.nix": "{ }",
    "flake/link": { link: "../outside" },
    "flake/file/flake.nix": { link: "../../outside/flake.nix" },
  });
  const env = { PATH: `${directory}/bin:/usr/bin:/bin`, TMPDIR: `${directory}/scratch` };
  const { isolation, calls } = recordedIsolation(env, `${directory}/bin/`);
  const onLog = vi.fn();
  const run = (folder?: string) =>
    prepareFlake({
      source: {
        kind: "flake",
        location: join(directory, "flake"),
        revision: "r1",
        ...(folder === undefined ? {} : { directory: folder }),
      },
      nix: { accessTokens },
      isolation,
      signal: new AbortController().signal,
      links: `${directory}/links`,
      onLog,
    });
  return { run, calls, onLog };
}

test("a flake is in the store, and its hash is known", async ({ directory }) => {
  const { run, calls } = await setUp(directory);
  expect(await run()).toEqual({ path: STORED, narHash: "sha256-a+b+c=", uris: [] });
  const convert = ["--extra-experimental-features", "nix-command", "hash", "to-sri", "--type", "sha256", "abc"];
  expect(calls.filter(({ sight }) => !sight).map(({ program, args }) => [program, ...args])).toEqual([
    ["nix-instantiate", "--add-root", `${directory}/links/flake`, ADD, "--argstr", "folder", `${directory}/flake`],
    ["nix-store", "--query", "--hash", STORED],
    ["nix", ...convert],
  ]);
});

test("a flake in a folder of the source becomes a store path of its own", async ({ directory }) => {
  const { run, calls } = await setUp(directory);
  await run("nix");
  expect(calls[0]?.args.at(-1)).toBe(`${directory}/flake/nix`);
});

describe("there is no flake", () => {
  test.for([
    ["none", "without the file"],
    ["gone", "without the folder"],
    ["link", "because a link leads out of the source"],
    ["nix/../../outside", "because the path leads out of the source"],
    ["file", "because flake.nix is a link"],
  ] as const)("in %s: %s", async ([folder], { directory }) => {
    const { run, calls } = await setUp(directory);
    expect(await rejection(run(folder))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: `the package source has no ${folder}/flake.nix`,
    });
    expect(calls).toEqual([]);
  });
});

describe("the lock file", () => {
  const HTTPS = { tree: { type: "tarball", url: "https://a.example/x.tar.gz" } };
  const SSH = { tree: { type: "git", url: "ssh://git@a.example/x" } };

  test("is read by an expression of ours, which can read nothing else", async ({ directory }) => {
    const { run, calls } = await setUp(directory, [], []);
    await run();
    const file = join(FOLDER, "locked-inputs.nix");
    expect(calls[1]).toEqual({
      program: "nix-instantiate",
      args: ["--eval", "--strict", "--json", file, "--argstr", "lock", `${STORED}/flake.lock`],
      sight: { readable: [file], network: false },
    });
  });

  test("names the addresses that the evaluation may use", async ({ directory }) => {
    const { run } = await setUp(directory, [HTTPS], ["https://a.example/x.tar.gz"]);
    expect(await run()).toMatchObject({ uris: ["https://a.example/x.tar.gz"] });
  });

  test("makes Nix fetch the inputs, with a network and git, into a folder that is removed afterwards", async ({
    directory,
  }) => {
    const { run, calls, onLog } = await setUp(directory, [HTTPS], []);
    await run();
    const file = join(FOLDER, "fetch-inputs.nix");
    expect(calls[2]).toEqual({
      program: "nix-instantiate",
      args: [
        "--add-root",
        `${directory}/links/inputs`,
        "--option",
        "connect-timeout",
        "10",
        "--option",
        "experimental-features",
        "flakes",
        file,
        "--argstr",
        "lock",
        `${STORED}/flake.lock`,
        "--argstr",
        "overSsh",
        "false",
      ],
      sight: {
        readable: [file, join(FOLDER, "locked-inputs.nix"), join(FOLDER, "rooted.nix")],
        network: true,
        git: true,
        scratch: `${directory}/scratch`,
        links: `${directory}/links`,
      },
    });
    expect(onLog.mock.calls).toEqual([["fetching"]]);
  });

  test("makes Nix fetch the inputs with the operator's tokens, which no command line has", async ({ directory }) => {
    const { run, calls } = await setUp(directory, [HTTPS], [], "github.com=secret");
    await run();
    expect(await readFile(join(directory, "fetched"), "utf8")).toContain("access-tokens = github.com=secret\n");
    expect(JSON.stringify(calls)).not.toContain("secret");
  });

  test("makes Nix fetch SSH inputs without a jail, with our git and this machine's keys", async ({ directory }) => {
    const { run, calls } = await setUp(directory, [HTTPS, SSH], []);
    await run();
    expect(calls[2]).toMatchObject({ program: "nix-instantiate", sight: { network: true } });
    expect(calls[3]).toMatchObject({ program: "nix-instantiate", sight: undefined });
    expect(calls[3]?.args.slice(-2)).toEqual(["overSsh", "true"]);
    expect(await readFile(join(directory, "fetched"), "utf8")).toBe(`${GIT_PROGRAMS}\ngit:http:https:ssh\n\n`);
  });
});

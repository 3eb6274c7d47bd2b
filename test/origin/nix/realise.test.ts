import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { type Installable, realise } from "../../../origin/nix/realise.ts";
import { rejection, test } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";
import { type FakeNix, writeFakeNix } from "./fake-nix.ts";
import { CLOSURE, GIT, GIT_DERIVATION, NIX } from "./prepared.ts";

const BASH = "/nix/store/22222222222222222222222222222222-bash-5.3";
const PACKAGE: Installable = { path: GIT_DERIVATION, output: "out", expected: GIT };
const PATH: Installable = { path: BASH, output: undefined, expected: BASH };

async function setUp(directory: string, nix: Partial<FakeNix> = {}) {
  const { isolation, calls } = recordedIsolation({ PATH: await writeFakeNix(directory, { ...NIX, ...nix }) });
  const onLog = vi.fn();
  const gcRoot = join(directory, "closure");
  const run = (installables: readonly Installable[]) =>
    realise(installables, { isolation, gcRoot, onLog, signal: new AbortController().signal });
  return { run, calls, onLog, gcRoot };
}

test("realising returns the closure", async ({ directory }) => {
  const { run } = await setUp(directory);
  expect(await run([PACKAGE])).toEqual(CLOSURE);
});

test("each path is one argument behind `--`", async ({ directory }) => {
  const { run, calls, gcRoot } = await setUp(directory, { realised: [GIT, BASH] });
  await run([PACKAGE, PATH]);
  const onlyBuild = ["--option", "substitute", "false"];
  const flags = ["--realise", ...onlyBuild, "--log-format", "internal-json", "--add-root", gcRoot, "--"];
  expect(calls.map(({ args }) => args)).toEqual([
    [...flags, `${GIT_DERIVATION}!out`, BASH],
    ["--query", "--requisites", "--", GIT, BASH],
    ["--dump-db", "--", GIT],
  ]);
});

test("a path that two derivations give is queried once", async ({ directory }) => {
  const { run, calls } = await setUp(directory, { realised: [GIT, GIT] });
  await run([PACKAGE, PACKAGE]);
  expect(calls[1]?.args).toEqual(["--query", "--requisites", "--", GIT]);
});

test("the listener gets the log of realising only", async ({ directory }) => {
  const { run, onLog } = await setUp(directory, { realise: "echo building >&2" });
  await run([PACKAGE]);
  expect(onLog.mock.calls).toEqual([["building"]]);
});

describe("realising refuses", () => {
  test("another path than the evaluation named", async ({ directory }) => {
    const { run, calls } = await setUp(directory, { realised: [BASH] });
    expect(await rejection(run([PACKAGE]))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "a package claims to be git-2.51.0, but its derivation gives bash-5.3",
    });
    expect(calls).toHaveLength(1);
  });

  test("the path of another package", async ({ directory }) => {
    const { run } = await setUp(directory, { realised: [BASH, GIT] });
    expect(await rejection(run([PACKAGE, PATH]))).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });
});

test("realising takes any path if the evaluation named none", async ({ directory }) => {
  const { run } = await setUp(directory);
  expect(await run([{ ...PACKAGE, expected: undefined }])).toEqual(CLOSURE);
});

test("more than 4000 paths are queried in several calls", async ({ directory }) => {
  const path = (index: number) => `/nix/store/${String(index).padStart(32, "0")}-x`;
  const paths = Array.from({ length: 4001 }, (_, index) => path(index));
  const closure = paths.map((name) => ({ path: name, narSize: 1, references: [] }));
  const { run, calls } = await setUp(directory, { closure });
  await run([PACKAGE]);
  const parts = calls.slice(2).map(({ args }) => args.slice(2));
  expect(parts).toEqual([paths.slice(0, 4000), paths.slice(4000)]);
});

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
    ["--serve", "--write"],
    [...flags, `${GIT_DERIVATION}!out`, BASH],
  ]);
});

test("two derivations may give one path", async ({ directory }) => {
  const { run } = await setUp(directory, { realised: [GIT, GIT] });
  expect(await run([PACKAGE, PACKAGE])).toEqual(CLOSURE);
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
    expect(calls).toHaveLength(2);
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

test("a session holds the outputs already when Nix makes them", async ({ directory }) => {
  const questions = join(directory, "bin/nix-store.questions");
  const { run } = await setUp(directory, { realise: `until grep -q ${GIT} ${questions}; do sleep 0.01; done` });
  expect(await run([PACKAGE])).toEqual(CLOSURE);
});

test("a path that is removed before the collector knows its link is told in Nix's words", async ({ directory }) => {
  const { run } = await setUp(directory, { valid: [] });
  expect(await rejection(run([PACKAGE]))).toMatchObject({ message: `path '${GIT}' is not valid` });
});

describe("if the session with the store ends during a build", () => {
  const failing = (tries: number) =>
    `echo try >> "$0.tries"; [ "$(wc -l < "$0.tries")" -gt ${tries} ] || { echo "error: gone" >&2; exit 1; }`;

  test("a new one answers", async ({ directory }) => {
    const { run } = await setUp(directory, { serve: failing(1) });
    expect(await run([PACKAGE])).toEqual(CLOSURE);
  });

  test("and the new one fails, too, the reason is thrown", async ({ directory }) => {
    const { run } = await setUp(directory, { serve: failing(2) });
    expect(await rejection(run([PACKAGE]))).toMatchObject({ name: "CommandError", message: "error: gone" });
  });
});

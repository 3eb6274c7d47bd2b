import { describe, expect } from "vitest";
import { EvaluationRefusal } from "../../../origin/nix/evaluation-refusal.ts";
import type { PrepareOptions } from "../../../origin/nix/prepare-image.ts";
import { rejection, test } from "../fixtures.ts";
import type { FakeNix } from "./fake-nix.ts";
import { FAILING, NOTHING, prepare } from "./prepared.ts";

const says = (words: string) => `echo "error: ${words}" >&2; exit 1`;
const UNSUPPORTED =
  "Package ‘steam-1.0’ in /pkgs/steam.nix:1 is not available on the requested hostPlatform, refusing to evaluate.";

async function isRefusal(directory: string, nix: Partial<FakeNix>, options: Partial<PrepareOptions> = {}) {
  const error = await rejection(prepare(directory, nix, options));
  expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  return error instanceof EvaluationRefusal;
}

describe("the package set refuses a request for good", () => {
  test.for<[string, Partial<FakeNix>]>([
    ["if it lacks a name", { evaluation: { ...NOTHING, foreign: ["git"] } }],
    ["if nixpkgs refuses a package", { evaluate: says(UNSUPPORTED) }],
    ["if it throws", { evaluate: says("Unsupported system: aarch64-linux") }],
  ])("%s", async ([, nix], { directory }) => {
    expect(await isRefusal(directory, nix)).toBe(true);
  });

  test("and nixpkgs' reasons hold even if the evaluation may fetch", async ({ directory }) => {
    const nix = { timeoutS: 60, allowedUris: "https://a/" };
    expect(await isRefusal(directory, { evaluate: says(UNSUPPORTED) }, { nix })).toBe(true);
  });
});

describe("the same request may succeed later", () => {
  test.for<[string, Partial<FakeNix>]>([
    ["if a build fails", { realise: says("builder failed") }],
    ["if a build fails during the evaluation", { evaluate: says(`builder for '${FAILING}' failed with exit code 1`) }],
    ["if Nix says nothing", { evaluate: "exit 1" }],
    ["if the memory is full", { evaluate: says("out of memory") }],
    ["if the disk is full", { evaluate: says("writing to file: No space left on device") }],
    ["if the network fails", { evaluate: says("unable to download 'https://a/b.tar.gz'") }],
  ])("%s", async ([, nix], { directory }) => {
    expect(await isRefusal(directory, nix)).toBe(false);
  });

  test.for<[string, Partial<PrepareOptions>]>([
    ["fetches", { nix: { timeoutS: 60, allowedUris: "https://a/" } }],
    ["builds", { nix: { timeoutS: 60, allowIfd: true } }],
    ["reads other files", { source: { kind: "path", location: "/pkgs", revision: "r1", restricted: false } }],
  ])("if the evaluation %s", async ([, options], { directory }) => {
    expect(await isRefusal(directory, { evaluate: says("it is thrown") }, options)).toBe(false);
  });
});

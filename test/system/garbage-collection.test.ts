import { chmod, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { objectOf } from "../json.ts";
import { writeTree } from "../origin/fixtures.ts";
import { createRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { runAs } from "./ordinary-user.ts";
import { derivation, SYSTEM } from "./source-pull.ts";

const PULLS_A_SOURCE = 10;
/** The collector runs about three times for each pull. With fewer rounds, this test would prove nothing. */
const MIN_ROUNDS = 10;

const ROOT = { user: 0, ownsStore: false };

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-garbage-"));
  await chmod(directory, 0o755);
});

afterAll(() => removeFolder(directory));

/** A set with ten packages. Each needs two derivations and a file of the source. */
function packages(kind: string): string {
  const part = (name: string) => `(${derivation(name, "builtins.readFile ./text")})`;
  const attribute = (name: string) =>
    `${name} = ${derivation(name, `"\${${part(`${name}-first`)}} \${${part(`${name}-second`)}} \${./text}"`)};`;
  return `{ ${Array.from({ length: PULLS_A_SOURCE }, (_, index) => attribute(`${kind}${index}`)).join("\n")} }`;
}

/** The settings of a source of each kind. */
async function makeSources(): Promise<[kind: string, env: Record<string, string>][]> {
  const files = (kind: string) => ({ "default.nix": packages(kind), text: kind });
  const path = await writeTree(join(directory, "set"), files("path"));
  const repository = await createRepository(directory);
  await repository.commit(files("git"), "main");
  const flake = await writeTree(join(directory, "flake"), {
    "nix/flake.nix": `{ outputs = { self }: { packages.${SYSTEM} = import ./.; }; }`,
    "nix/default.nix": packages("flake"),
    "nix/text": "flake",
  });
  return [
    ["path", { CORNICE_PKGS_PATH: path }],
    ["git", { CORNICE_PKGS_REPO: repository.url }],
    ["flake", { CORNICE_FLAKE: `${flake}?dir=nix` }],
  ];
}

it("keeps what a pull makes while the collector has read its roots, and does not hear of new ones", async () => {
  const path = await writeTree(join(directory, "one"), { "default.nix": packages("one"), text: "one" });
  const pull = { directory, env: { CORNICE_PKGS_PATH: path }, name: "one0" };
  const { stdout, stderr } = await runAs(ROOT, join(directory, "deaf"), "deaf-collector.ts", (work) => [
    work,
    JSON.stringify(pull),
  ]);
  expect(parseJsonObject(stdout), stderr).toEqual({ failures: [] });
});

it("bounds the store: garbage goes first, then the oldest closure, and never that of a build under way", async () => {
  const zeros = (name: string) =>
    `${name} = derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "/usr/bin/head -c 4000000 /dev/zero > $out" ]; };`;
  const set = `{ ${["garbage", "used", "old", "building"].map(zeros).join(" ")} }`;
  const path = await writeTree(join(directory, "zeros"), { "default.nix": set });
  const pull = { directory, env: { CORNICE_PKGS_PATH: path }, name: "garbage" };
  const { stdout, stderr } = await runAs(ROOT, join(directory, "bounded"), "bounded-store.ts", (work) => [
    work,
    JSON.stringify(pull),
  ]);
  expect(parseJsonObject(stdout), stderr).toMatchObject({
    steps: [["used", "old", "building"], ["used", "building"], ["building"]],
    lines: [
      expect.stringMatching(/^the Nix store had too many bytes: 4\.0 MB are removed, 12\.0 MB stay$/),
      expect.stringMatching(/^the Nix store had too many bytes: 4\.0 MB are removed, 8\.0 MB stay$/),
      expect.stringMatching(/^the Nix store had too many bytes: 4\.0 MB are removed, 4\.0 MB stay$/),
      expect.stringMatching(
        /^warning: the Nix store has 4\.0 MB, more than CORNICE_NIX_STORE_GIB: all of it is in use$/,
      ),
    ],
  });
});

it("lets Nix's garbage collector run at any time, and leaves it everything afterwards", async () => {
  const sources = await makeSources();
  const pulls = Array.from({ length: PULLS_A_SOURCE }, (_, index) =>
    sources.map(([kind, env]) => ({ directory, env, name: `${kind}${index}` })),
  ).flat();
  const { stdout, stderr } = await runAs(ROOT, join(directory, "beside"), "beside-collector.ts", (work) => [
    work,
    JSON.stringify(pulls),
  ]);
  const { failures, rounds, left } = objectOf(stdout);
  expect(failures, stderr).toEqual([]);
  expect(rounds).toBeGreaterThan(MIN_ROUNDS);
  expect(left).toEqual([]);
});

import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { ensurePrograms } from "../../../start/machine/debian-packages.ts";
import { StartError } from "../../../start/machine/start-error.ts";
import { matching } from "../../matchers.ts";
import { rejection, test, writeTree } from "../../origin/fixtures.ts";

const NIX = { program: "nix-store", debianPackage: "nix-bin" };
const NIX_BUILD = { program: "nix-build", debianPackage: "nix-bin" };
const GIT = { program: "git", debianPackage: "git" };
const PROGRAM = { program: "#!/bin/sh\n" };

test("nothing is done if all programs are there", async ({ directory }) => {
  const log = vi.fn();
  await writeTree(directory, { "a/git": PROGRAM, "b/nix-store": PROGRAM });
  const path = `${directory}/none:${directory}/a:${directory}/b`;
  await expect(ensurePrograms([NIX, GIT], { path, isRoot: false, log })).resolves.toBeUndefined();
  expect(log).not.toHaveBeenCalled();
});

describe("a user without root gets the exact command", () => {
  test.for([
    [[NIX], "nix-store is missing", "nix-bin"],
    [[NIX, GIT], "nix-store, git is missing", "nix-bin git"],
    [[NIX, NIX_BUILD], "nix-store, nix-build is missing", "nix-bin"],
  ] as const)("%j", async ([requirements, missing, packages], { directory }) => {
    await writeTree(directory, { "apt-get": PROGRAM });
    const error = await rejection(ensurePrograms(requirements, { path: directory, isRoot: false, log: vi.fn() }));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message: `${missing}; run: sudo sh -c "apt-get update && apt-get install -y --no-install-recommends ${packages}"`,
    });
  });
});

test("root gets it, too, if nothing may be installed", async ({ directory }) => {
  await writeTree(directory, { "apt-get": PROGRAM });
  const options = { path: directory, isRoot: true, installs: false, log: vi.fn() };
  const error = await rejection(ensurePrograms([GIT], options));
  expect(error).toMatchObject({ message: matching(/^git is missing; run: sudo sh -c "apt-get update && .* git"$/) });
});

test("only missing programs are asked for", async ({ directory }) => {
  await writeTree(directory, { "apt-get": PROGRAM, git: PROGRAM });
  const error = await rejection(ensurePrograms([NIX, GIT], { path: directory, isRoot: false, log: vi.fn() }));
  expect(error).toMatchObject({ message: matching(/^nix-store is missing;.* nix-bin"$/) });
});

test("a file that cannot be run does not count as a program", async ({ directory }) => {
  await writeTree(directory, { "apt-get": PROGRAM, git: "text" });
  const error = await rejection(ensurePrograms([GIT], { path: directory, isRoot: false, log: vi.fn() }));
  expect(error).toMatchObject({ message: matching(/^git is missing;/) });
});

describe("without apt-get, the error names the packages", () => {
  test.for([true, false])("root: %j", async (isRoot, { directory }) => {
    const error = await rejection(ensurePrograms([NIX, GIT], { path: join(directory, "none"), isRoot, log: vi.fn() }));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message: "nix-store, git is missing, and apt-get too; install nix-bin, git with your system's package manager",
    });
  });
});

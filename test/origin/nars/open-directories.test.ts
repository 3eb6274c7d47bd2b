import { describe, expect, test } from "vitest";
import { NarError } from "../../../origin/nars/nar-error.ts";
import { OpenDirectories } from "../../../origin/nars/open-directories.ts";

const PATH = "/nix/store/00000000000000000000000000000000-tree";
const refuse = (problem: string) => new NarError(PATH, problem);

/** Names in order, of 255 bytes each. */
function enterNames(directories: OpenDirectories, count: number): void {
  for (let index = 0; index < count; index++) directories.enter(String(index).padStart(255, "0"), refuse);
}

function opened(): OpenDirectories {
  const directories = new OpenDirectories(PATH);
  directories.open("");
  return directories;
}

describe("directories are refused", () => {
  test("with more than 500,000 names", () => {
    const directories = opened();
    const enter = (index: number) => directories.enter(String(index).padStart(6, "0"), refuse);
    for (let index = 0; index < 500_000; index++) enter(index);
    expect(() => enter(500_000)).toThrow("tree has a directory with too many names: the limit is 500000");
  });

  test("with names that take more than 32 MiB", () => {
    const directories = opened();
    const limit = Math.floor(33_554_432 / (255 + 32));
    enterNames(directories, limit);
    expect(() => directories.enter("1".padEnd(255, "_"), refuse)).toThrow(
      "tree has a directory with too many names: the limit is 500000",
    );
  });

  test("one in the other, with names that together take more than 32 MiB", () => {
    const directories = opened();
    directories.open(directories.enter("!", refuse));
    enterNames(directories, 60_000);
    directories.close();
    enterNames(directories, 60_000);
    expect(() => directories.close()).toThrow("tree has directories with too many names");
  });
});

test("directories beside each other may have as many names each", () => {
  const directories = opened();
  for (const name of ["a", "b"]) {
    directories.open(directories.enter(name, refuse));
    enterNames(directories, 100_000);
    directories.close();
  }
  directories.close();
  expect(directories.isEmpty).toBe(true);
});

import { describe, expect, test } from "vitest";
import { buildForest } from "../../../image/root/forest.ts";
import { matching } from "../../matchers.ts";
import { storeOf, STORE } from "./store.ts";

const shorten = (path: string) => path.replace(`${STORE}/`, "");

test("what is excluded is left out as a clash, whatever it is", () => {
  const { roots, files } = storeOf({
    a: { nix: "", "dev/x": "", "var/run/y": "" },
    b: { "nix/store/z": "", "b/nix": "" },
  });
  const { entries, clashes } = buildForest({
    roots,
    files,
    reserved: new Set(),
    excluded: new Set(["nix", "dev", "var/run"]),
  });
  expect(entries.map(({ name }) => name)).toEqual(["b/", "b/nix", "var/"]);
  expect(clashes.map(({ path, winner, loser }) => [path, winner, shorten(loser)])).toEqual([
    ["dev", "the image itself", "a/dev"],
    ["nix", "the image itself", "a/nix"],
    ["nix", "the image itself", "b/nix"],
    ["var/run", "the image itself", "a/var/run"],
  ]);
});

describe("a package that makes the root too large is an error", () => {
  /** Two packages, each with directories that link to all directories: every order of the directories is a path. */
  test("if links make too many paths", () => {
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
    const tree = Object.fromEntries(
      names.flatMap((name) => names.map((other) => [`s/${name}/${other}`, { link: `../${other}` }])),
    );
    const { roots, files } = storeOf({ a: tree, b: tree });
    const run = () => buildForest({ roots, files, reserved: new Set() });
    expect(run).toThrow(expect.objectContaining({ name: "PackageError", message: matching(/brings too m/) }));
  });
});

import { expect, test } from "vitest";
import { attemptQuickly } from "../../../origin/root/quick-attempt.ts";
import { treeWith } from "../../image/trees/entries.ts";

const PATH = `/nix/store/${"0".repeat(32)}-a`;
const IMAGE = {
  packages: [{ name: "a", attribute: "a", path: PATH, requested: true }],
  closure: [{ path: PATH, narSize: 0, references: [] }],
};

test.each([
  ["has time", Infinity, { kind: "root" }],
  ["has no time", -1, undefined],
])("an attempt that %s", (_, limitMs, result) => {
  const attempt = attemptQuickly(IMAGE, new Map([[PATH, treeWith({ "bin/a": "" })]]), limitMs);
  if (result) expect(attempt).toMatchObject(result);
  else expect(attempt).toBeUndefined();
});

test("an attempt says which trees are missing", () => {
  expect(attemptQuickly(IMAGE, new Map(), Infinity)).toEqual({ kind: "missing-trees", paths: [PATH] });
});

test("the package's fault is an error", () => {
  const trees = new Map([[PATH, treeWith({ "bin/.wh.a": "" })]]);
  expect(() => attemptQuickly(IMAGE, trees, Infinity)).toThrow(expect.objectContaining({ name: "PackageError" }));
});

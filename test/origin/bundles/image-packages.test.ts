import { expect, test } from "vitest";
import { imagePackages } from "../../../origin/bundles/image-packages.ts";
import { pathOf, storePath } from "../../image/layers/grouping.ts";

const CLOSURE = [
  storePath("git", 1, ["zlib", "git"]),
  storePath("git-doc", 1),
  storePath("zlib", 1),
  storePath("cacert", 1),
];
const root = (attribute: string, path: string, requested = true) => ({
  name: attribute,
  attribute,
  path: pathOf(path),
  requested,
});

test("a package has all of its outputs, and what they need", () => {
  const roots = [root("git", "git"), root("cacert", "cacert", false), root("git", "git-doc")];
  expect(
    imagePackages(roots, CLOSURE).map(({ attribute, closure, ...rest }) => ({
      attribute,
      outputs: rest.roots.length,
      paths: closure.map(({ path }) => path),
    })),
  ).toEqual([
    { attribute: "git", outputs: 2, paths: ["git", "git-doc", "zlib"].map((name) => pathOf(name)) },
    { attribute: "cacert", outputs: 1, paths: [pathOf("cacert")] },
  ]);
});

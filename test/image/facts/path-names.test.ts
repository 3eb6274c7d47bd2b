import { expect, test } from "vitest";
import { namedPaths } from "../../../image/facts/path-names.ts";
import { GIT, GLIBC, IMAGE, LAYER, OPENSSL, REST_LAYER, storePath } from "./facts.ts";

test("paths, references and layers are sorted, and no path refers to itself", () => {
  const paths = namedPaths(IMAGE);
  expect(paths.map(({ path, references }) => [path, references])).toEqual([
    [GIT, [GLIBC, OPENSSL]],
    [GLIBC, []],
    [OPENSSL, [GLIBC]],
  ]);
  expect(paths[2]?.layers).toEqual([LAYER, REST_LAYER]);
});

test("names, versions and outputs are those of the store paths, unless the package set tells them", () => {
  const paths = IMAGE.paths.map((facts) =>
    facts.path === GLIBC ? { ...facts, metadata: { name: "glibc", version: "2.40", licenses: [], debian: [] } } : facts,
  );
  expect(namedPaths({ ...IMAGE, paths }).map(({ name, version, output }) => [name, version, output])).toEqual([
    ["git", "2.51.0", undefined],
    ["glibc", "2.40", undefined],
    ["openssl", "3.0.14", "bin"],
  ]);
});

const STRAY = storePath("9", "stray-1");
const [first] = IMAGE.paths;

test.each([
  ["a reference to a path that is missing", { ...IMAGE, paths: IMAGE.paths.slice(0, 2) }, `${GLIBC} is not part`],
  [
    "a requested path that is missing",
    { ...IMAGE, requested: [{ attribute: "stray", paths: [STRAY] }] },
    `${STRAY} is not part`,
  ],
  ["a path that is there twice", { ...IMAGE, paths: [...IMAGE.paths, ...(first ? [first] : [])] }, "twice"],
])("%s is an error", (_, facts, message) => {
  expect(() => namedPaths(facts)).toThrow(message);
});

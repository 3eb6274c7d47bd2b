import { describe, expect, test } from "vitest";
import { parseImageContents } from "../../../protocol/image-contents.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { imageContents } from "../../../image/description/image-contents.ts";

const storePath = (name: string) => `/nix/store/${"0".repeat(32)}-${name}`;
const [GIT, GLIBC, ZLIB] = [storePath("git"), storePath("glibc"), storePath("zlib")];
const CLOSURE = [
  { path: ZLIB, narSize: 3, references: [GLIBC] },
  { path: GIT, narSize: 1, references: [ZLIB, GIT, GLIBC] },
  { path: GLIBC, narSize: 2, references: [GLIBC] },
];
const layer = (name: string, paths: readonly string[]) => ({
  digest: sha256Digest("0".repeat(64)),
  size: 7,
  description: name,
  paths,
});
const INPUT = {
  packages: [
    { name: "zlib", attribute: "zlib", path: ZLIB, requested: true },
    { name: "git", attribute: "git", path: GIT, requested: true },
    { name: "cacert", attribute: "cacert", path: GLIBC, requested: false },
  ],
  closure: CLOSURE,
  layers: [layer("glibc", [GLIBC]), layer("2 store paths", [ZLIB, GIT]), layer("root", [])],
};

test("numbers are places in the sorted list of store paths", () => {
  const digest = sha256Digest("0".repeat(64));
  expect(imageContents(INPUT)).toEqual({
    packages: [
      { attribute: "git", paths: [0] },
      { attribute: "zlib", paths: [2] },
    ],
    paths: [
      { path: GIT, narSize: 1, references: [1, 2] },
      { path: GLIBC, narSize: 2, references: [] },
      { path: ZLIB, narSize: 3, references: [1] },
    ],
    layers: [
      { digest, size: 7, description: "glibc", paths: [1] },
      { digest, size: 7, description: "2 store paths", paths: [0, 2] },
      { digest, size: 7, description: "root", paths: [] },
    ],
  });
});

test("a path in two layers is listed once, and each of its layers names it", () => {
  const layers = [layer("2 store paths", [GLIBC, GIT]), layer("2 store paths", [ZLIB, GLIBC])];
  const { paths, layers: listed } = imageContents({ ...INPUT, layers });
  expect(paths.map(({ path }) => path)).toEqual([GIT, GLIBC, ZLIB]);
  expect(listed.map((each) => each.paths)).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

test.each([
  ["the record", INPUT],
  ["a record with a path in two layers", { ...INPUT, layers: [layer("a", [GLIBC, GIT]), layer("b", [ZLIB, GLIBC])] }],
])("the reader accepts %s", (_, input) => {
  const contents = imageContents(input);
  expect(parseImageContents(JSON.parse(JSON.stringify(contents)))).toEqual(contents);
});

test("the order of Nix's packages, paths and references makes no difference", () => {
  const { packages, closure, layers } = INPUT;
  const reversed = closure.toReversed().map((path) => ({ ...path, references: path.references.toReversed() }));
  const contents = imageContents({ packages: packages.toReversed(), closure: reversed, layers });
  expect(JSON.stringify(contents)).toBe(JSON.stringify(imageContents(INPUT)));
});

describe("packages with one attribute", () => {
  test("become one package with several store paths, each once", () => {
    const git = { name: "git", attribute: "git", requested: true };
    const packages = [ZLIB, GIT, GIT].map((path) => ({ ...git, path }));
    expect(imageContents({ ...INPUT, packages }).packages).toEqual([{ attribute: "git", paths: [0, 2] }]);
  });
});

test("a path that is not part of the closure is an error", () => {
  expect(() => imageContents({ ...INPUT, closure: CLOSURE.slice(1) })).toThrow(`${ZLIB} is not part of the closure`);
});

import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";

const digest = sha256Digest("0".repeat(64));
const contents = {
  packages: [{ attribute: "git", paths: [0] }],
  paths: [
    { path: "/nix/store/a-git", narSize: 10, references: [1] },
    { path: "/nix/store/b-glibc", narSize: 20, references: [] },
  ],
  layers: [
    { digest, size: 5, description: "2 store paths", paths: [0, 1] },
    { digest, size: 1, description: "root", paths: [] },
  ],
};

test("a record is read back as it was written", () => {
  expect(parseImageContents(JSON.parse(JSON.stringify(contents)))).toEqual(contents);
});

describe("it is not a record:", () => {
  test.each([
    null,
    [],
    {},
    { ...contents, paths: undefined },
    { ...contents, packages: [{ attribute: "git", paths: [2] }] },
    { ...contents, packages: [{ paths: [0] }] },
    { ...contents, layers: [{ ...contents.layers[0], paths: [-1] }] },
    { ...contents, layers: [{ ...contents.layers[0], digest: "sha256:0" }] },
    { ...contents, layers: [{ ...contents.layers[0], size: "5" }] },
    { ...contents, paths: [{ path: "/nix/store/a-git", narSize: 10, references: [1] }] },
    { ...contents, paths: [{ narSize: 10, references: [] }] },
  ])("%j", (value) => {
    expect(parseImageContents(value)).toBeNull();
  });
});

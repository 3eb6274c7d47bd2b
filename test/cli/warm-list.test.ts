import { describe, expect, test } from "vitest";
import { CliError } from "../../cli/cli-error.ts";
import { parseWarmList } from "../../cli/warm-list.ts";
import { containing } from "../matchers.ts";

const OPTIONS = { file: "images.txt", tag: "latest", maxPackages: 3, each: false };

function parsed(text: string, each = false) {
  return parseWarmList(text, { ...OPTIONS, each }).map(({ name, tag }) => [
    name.text,
    name.architecture,
    name.image ?? name.packages,
    tag,
  ]);
}

describe("a line names an image:", () => {
  test.each([
    ["git", ["git", undefined, ["git"], "latest"]],
    ["htop/git", ["htop/git", undefined, ["git", "htop"], "latest"]],
    ["arm64/git", ["arm64/git", "arm64", ["git"], "latest"]],
    ["git:v1.0", ["git:v1.0", undefined, ["git"], "v1.0"]],
    ["images/web", ["images/web", undefined, "web", "latest"]],
    ["  git\t# for builds\r", ["git", undefined, ["git"], "latest"]],
  ])("%j", (line, image) => expect(parsed(line)).toEqual([image]));
});

test("comments and empty lines name none", () => {
  expect(parsed("# tools\n\ngit\n   \nhtop # top\n").map(([text]) => text)).toEqual(["git", "htop"]);
});

test("each package of a line can be an image of its own, but not an image of the package set", () => {
  expect(parsed("arm64/htop/git:v1\nimages/web", true)).toEqual([
    ["arm64/git", "arm64", ["git"], "v1"],
    ["arm64/htop", "arm64", ["htop"], "v1"],
    ["images/web", undefined, "web", "latest"],
  ]);
});

describe("a list is refused with the reason:", () => {
  test.each([
    ["", "images.txt names no image; write one a line, such as shell/git"],
    ["# git", "images.txt names no image"],
    ["git\n\nGit", 'images.txt, line 3: "Git" cannot be part of an image name'],
    ["git//htop", "images.txt, line 1: the image name has an empty component"],
    ["git:", 'images.txt, line 1: "" cannot be a tag'],
    ["git:a:b", 'images.txt, line 1: "git:a:b" has a ":"; write a tag as NAME:TAG'],
    ["localhost:5000/git", 'images.txt, line 1: "localhost:5000/git" names a registry'],
    ["localhost:5000/git:v1", "and this command needs none; use git:v1"],
    ["a/b/c/d", "images.txt, line 1: the image name lists 4 packages; at most 3 are allowed"],
    ["x".repeat(1000), "images.txt, line 1: it has 1000 characters; an image's name has at most 255"],
  ])("%j", (text, message) => {
    expect(() => parsed(text)).toThrow(
      expect.objectContaining({ constructor: CliError, message: containing(message) }),
    );
  });

  test("with each bad line, but not with thousands", () => {
    const refused = (lines: number) => {
      try {
        parsed("Git\n".repeat(lines));
      } catch (error) {
        return error instanceof Error ? error.message.split("\n") : [];
      }
      return [];
    };
    expect(refused(3).map((line) => line.slice(0, 18))).toEqual([1, 2, 3].map((line) => `images.txt, line ${line}`));
    expect(refused(1000)).toHaveLength(21);
    expect(refused(1000).at(-1)).toBe("and 980 more lines of images.txt");
  });
});

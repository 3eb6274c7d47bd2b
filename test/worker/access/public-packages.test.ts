import { describe, expect, test } from "vitest";
import { parseImageName } from "../../../protocol/image-name.ts";
import { arePublic, parsePublicPackages } from "../../../worker/access/public-packages.ts";

function isPublic(setting: string, name: string): boolean {
  const problems: string[] = [];
  const packages = parsePublicPackages(setting, problems);
  expect(problems).toEqual([]);
  return arePublic(packages, parseImageName(name, 64).packages);
}

describe("an image is public if each of its packages is public", () => {
  test.each([
    ["git", "git", true],
    ["git", "amd64/git", true],
    ["git", "arm64/git/git", true],
    ["git  htop\n", "htop/git", true],
    ["git", "git/htop", false],
    ["git", "htop", false],
    ["git", "git2", false],
    ["git", "a-git", false],
    ["", "git", false],
    ["shell", "shell", true],
    ["shell", "nano", true],
    ["shell git", "shell/git", true],
    ["git", "shell/git", false],
    ["shell", "git/shell", false],
    ["python3packages.*", "python3packages.requests", true],
    ["python3packages.*", "python3packages", false],
    ["python3packages.*", "python3packages.python.pkgs", false],
    ["python3packages.*", "python3packagesxrequests", false],
    ["*-tools", "nix-tools/git-tools", true],
    ["*", "git/htop", true],
    ["*", "nested.secret", false],
    ["*.py*", "nested.python", true],
    ["a.b", "a.b", true],
    ["a.b", "a-b", false],
  ])("PUBLIC=%j: %s %s", (setting, name, expected) => {
    expect(isPublic(setting, name)).toBe(expected);
  });
});

test("no order, repetition or addition makes a private package public", () => {
  for (const name of [
    "secret",
    "shell/secret",
    "secret/shell",
    "git/secret",
    "secret/git",
    "shell/git/secret",
    "git/shell/secret/git",
    "amd64/shell/git/secret",
    "git/amd64/secret",
  ]) {
    expect(isPublic("shell git amd64 arm64", name)).toBe(false);
  }
});

test("an image without packages is not public", () => {
  expect(arePublic(parsePublicPackages("*", []), [])).toBe(false);
});

describe("an image is public as a whole", () => {
  test.each([
    ["shell/*", "shell/git", true],
    ["shell/*", "shell/git/htop", true],
    ["shell/*", "arm64/shell/git", true],
    ["shell/*", "git/bashinteractive/coreutils/moreutils/nano", true],
    ["shell/*", "shell", false],
    ["shell/*", "git/shell", false],
    ["shell/*", "git", false],
    ["shell/*", "bashinteractive/coreutils/moreutils/git", false],
    ["shell shell/*", "shell", true],
    ["git/htop", "git/htop", true],
    ["git/htop", "amd64/htop/git/htop", true],
    ["git/htop", "git", false],
    ["git/htop", "git/htop/jq", false],
    ["git/htop", "shell/git/htop", false],
    ["git/*", "git/htop", true],
    ["git/*", "htop/git/jq", true],
    ["git/*", "git", false],
    ["git/*", "htop/jq", false],
    ["git/htop jq", "jq/jq", true],
    ["git/htop jq", "git/jq", false],
  ])("PUBLIC=%j: %s %s", (setting, name, expected) => {
    expect(isPublic(setting, name)).toBe(expected);
  });

  test("but not if the package set defines it", () => {
    for (const setting of ["shell/*", "web/*", "*"]) expect(isPublic(setting, "images/web")).toBe(false);
  });
});

const REFUSED = ["Git", ".git", "git,htop", "git\u0000", "(a+)+", "*a*", "a.**"];
const REFUSED_IMAGES = [
  "/*",
  "*/git",
  "git/*/htop",
  "git/**",
  "git/h*",
  "Shell/*",
  "git//*",
  "arm64/git",
  "images/web",
];

test.each([...REFUSED, ...REFUSED_IMAGES, "images/*", "arm64/*", "amd64/arm64/git/*", "git/"])(
  "%j is refused",
  (word) => {
    const problems: string[] = [];
    parsePublicPackages(`jq ${word}`, problems);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(JSON.stringify(word));
  },
);

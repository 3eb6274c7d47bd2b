import { describe, expect, test } from "vitest";
import { Settings } from "../../../origin/system/settings.ts";
import { FLAKE_FORMS } from "../../../origin/sources/flake-reference.ts";
import { describeSource, type PackageSource, parsePackageSource } from "../../../origin/sources/package-source.ts";

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  const settings = new Settings(env);
  expect(parsePackageSource(settings)).toBeUndefined();
  return settings.problems;
}

describe("exactly one source must be set, and the message names all four", () => {
  const problem = (count: string) => [
    `set exactly one package source (${count} set): CORNICE_CHANNEL (a nixpkgs channel or commit), ` +
      "CORNICE_PKGS_REPO (a git repository), CORNICE_FLAKE (a flake) or CORNICE_PKGS_PATH (a folder or file)",
  ];

  test.each([{}, { CORNICE_CHANNEL: "" }, { CORNICE_CHANNEL: "", CORNICE_PKGS_REPO: "", CORNICE_PKGS_PATH: "" }])(
    "none in %j",
    (env) => {
      expect(problemsOf(env)).toEqual(problem("none is"));
    },
  );

  test.each([
    { CORNICE_CHANNEL: "nixos-25.11", CORNICE_PKGS_REPO: "https://a/b" },
    { CORNICE_CHANNEL: "nixos-25.11", CORNICE_PKGS_PATH: "/a" },
    { CORNICE_FLAKE: "/f", CORNICE_PKGS_PATH: "/a" },
    { CORNICE_PKGS_REPO: "https://a/b", CORNICE_PKGS_PATH: "/a" },
    { CORNICE_CHANNEL: "nixos-25.11", CORNICE_PKGS_REPO: "https://a/b", CORNICE_PKGS_PATH: "/a" },
  ])("too many in %j", (env) => {
    expect(problemsOf(env)).toEqual(problem("more than one is"));
  });
});

describe("a source is read from", () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";

  test.each<[string, string, PackageSource]>([
    ["CORNICE_CHANNEL", "nixos-25.11", { kind: "channel", channel: "nixos-25.11" }],
    ["CORNICE_CHANNEL", "nixpkgs-unstable", { kind: "channel", channel: "nixpkgs-unstable" }],
    ["CORNICE_CHANNEL", commit, { kind: "channel", channel: commit }],
    ["CORNICE_PKGS_REPO", "https://a.example/b.git", { kind: "git", url: "https://a.example/b.git" }],
    ["CORNICE_PKGS_REPO", "ssh://git@a.example/b", { kind: "git", url: "ssh://git@a.example/b" }],
    ["CORNICE_PKGS_REPO", "git@a.example:b/c", { kind: "git", url: "git@a.example:b/c" }],
    ["CORNICE_PKGS_REPO", "file:///srv/b.git", { kind: "git", url: "file:///srv/b.git" }],
    [
      "CORNICE_FLAKE",
      "git+https://a.example/b?ref=main",
      { kind: "flake", location: { kind: "git", url: "https://a.example/b", ref: "main" }, directory: undefined },
    ],
    ["CORNICE_FLAKE", "/f", { kind: "flake", location: { kind: "path", path: "/f" }, directory: undefined }],
    ["CORNICE_PKGS_PATH", "/a b", { kind: "path", path: "/a b", name: undefined, revision: undefined }],
  ])("%s=%s", (name, value, source) => {
    expect(parsePackageSource(new Settings({ [name]: value }))).toEqual(source);
  });

  test("a path with a name and a revision", () => {
    const settings = new Settings({
      CORNICE_PKGS_PATH: "/a",
      CORNICE_SOURCE_NAME: "starter",
      CORNICE_SOURCE_REVISION: "1",
    });
    expect(parsePackageSource(settings)).toEqual({ kind: "path", path: "/a", name: "starter", revision: "1" });
  });
});

describe("the parser refuses", () => {
  const channel = "it must be a channel such as nixos-25.11, or a 40-digit commit";
  const repository = "it must be the URL of a git repository";

  test.each([
    ["CORNICE_CHANNEL", "../etc", channel],
    ["CORNICE_CHANNEL", "nixos 25.11", channel],
    ["CORNICE_CHANNEL", "nixos/25.11", channel],
    ["CORNICE_CHANNEL", "-x", channel],
    ["CORNICE_CHANNEL", "n".repeat(101), channel],
    ["CORNICE_PKGS_REPO", "--upload-pack=x", repository],
    ["CORNICE_PKGS_REPO", "ext::sh -c x", repository],
    ["CORNICE_PKGS_REPO", "/srv/b.git", repository],
    ["CORNICE_PKGS_REPO", "https://a.example/b c", repository],
    ["CORNICE_PKGS_REPO", "https://a.example:port/b", repository],
    ["CORNICE_PKGS_REPO", "https://[", repository],
    ["CORNICE_PKGS_REPO", "https://a.example/%00", repository],
    ["CORNICE_PKGS_REPO", "https://a.example/b%0Ahost=c", repository],
    ["CORNICE_FLAKE", "forge:a/b", FLAKE_FORMS],
    ["CORNICE_PKGS_PATH", "pkgs", "it must be an absolute path"],
    ["CORNICE_PKGS_PATH", "./pkgs", "it must be an absolute path"],
    ["CORNICE_PKGS_PATH", "~/pkgs", "it must be an absolute path"],
  ])("%s=%s", (name, value, problem) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name} is ${JSON.stringify(value)}; ${problem}`]);
  });
});

test("a message about a wrong value has no credentials", () => {
  expect(problemsOf({ CORNICE_PKGS_REPO: "file://token@a.example:80/b" })).toEqual([
    'CORNICE_PKGS_REPO is "file://a.example:80/b"; it must be the URL of a git repository',
  ]);
  expect(problemsOf({ CORNICE_FLAKE: "https://user:p@ss@a.example/b" })).toEqual([
    `CORNICE_FLAKE is "https://a.example/b"; ${FLAKE_FORMS}`,
  ]);
});

describe("a source is described without credentials", () => {
  test.each<[PackageSource, string]>([
    [{ kind: "channel", channel: "nixos-25.11" }, "channel:nixos-25.11"],
    [{ kind: "git", url: "https://a.example/b.git" }, "git:https://a.example/b.git"],
    [{ kind: "git", url: "https://token@a.example/b.git" }, "git:https://a.example/b.git"],
    [{ kind: "git", url: "https://user:password@a.example/b.git" }, "git:https://a.example/b.git"],
    [{ kind: "git", url: "git@a.example:b/c" }, "git:git@a.example:b/c"],
    [
      { kind: "flake", location: { kind: "git", url: "https://u:p@a.example/b", ref: "main" }, directory: "nix" },
      "flake:git+https://a.example/b?ref=main&dir=nix",
    ],
    [{ kind: "flake", location: { kind: "path", path: "/f" }, directory: undefined }, "flake:path:/f"],
    [{ kind: "path", path: "/a", name: undefined, revision: "1" }, "path:/a"],
    [{ kind: "path", path: "/a", name: "starter", revision: "1" }, "starter"],
  ])("%j is %s", (source, description) => {
    expect(describeSource(source)).toBe(description);
  });
});

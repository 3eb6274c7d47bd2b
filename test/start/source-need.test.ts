import { describe, expect } from "vitest";
import { sourceNeed } from "../../start/source-need.ts";
import { test, writeTree } from "../origin/fixtures.ts";

describe("the Nix that a channel needs is known by its name", () => {
  test.for([
    ["nixos-25.11", "2.18"],
    ["nixos-26.05-small", "2.18"],
    ["nixpkgs-25.11-darwin", "2.18"],
    ["nixos-unstable", "2.18"],
    ["nixpkgs-unstable", "2.18"],
    ["nixos-unstable-small", "2.18"],
    ["nixos-25.05", undefined],
    ["nixos-22.11", undefined],
    ["nixos-unstablest", undefined],
    ["company-25.11", undefined],
    ["0123456789012345678901234567890123456789", undefined],
  ] as const)("%s: %s", async ([channel, needed]) => {
    expect((await sourceNeed({ kind: "channel", channel }))?.text).toBe(needed);
  });
});

describe("the Nix that files on this machine need is in the files", () => {
  test("of a path or a flake", async ({ directory: path }) => {
    await writeTree(path, { "lib/minver.nix": '"2.3"', "pkgs/lib/minver.nix": '"99"' });
    expect((await sourceNeed({ kind: "path", path, name: undefined, revision: undefined }))?.text).toBe("2.3");
    const flake = { kind: "flake", location: { kind: "path", path } } as const;
    expect((await sourceNeed({ ...flake, directory: undefined }))?.text).toBe("2.3");
    expect((await sourceNeed({ ...flake, directory: "pkgs" }))?.text).toBe("99");
  });

  test("but not of a repository that is not fetched yet", async () => {
    expect(await sourceNeed({ kind: "git", url: "https://a.example/b" })).toBeUndefined();
  });
});

describe("the Nix that the nixpkgs of a package set needs is known, too", () => {
  const channel = { kind: "channel", channel: "nixos-25.11" } as const;

  test("if the set itself needs none, or an older one", async ({ directory: path }) => {
    expect((await sourceNeed({ kind: "git", url: "https://a.example/b" }, channel))?.text).toBe("2.18");
    await writeTree(path, { "set/default.nix": "{ }", "nixpkgs/lib/minver.nix": '"2.3"' });
    const set = { kind: "path", path: `${path}/set`, name: undefined, revision: undefined } as const;
    expect((await sourceNeed(set, { kind: "path", path: `${path}/nixpkgs` }))?.text).toBe("2.3");
    await writeTree(path, { "set/lib/minver.nix": '"2.20"' });
    expect((await sourceNeed(set, channel))?.text).toBe("2.20");
  });

  test("but a channel and a flake get none", async ({ directory: path }) => {
    expect(await sourceNeed({ kind: "channel", channel: "nixos-22.11" }, channel)).toBeUndefined();
    expect(
      await sourceNeed({ kind: "flake", location: { kind: "path", path }, directory: undefined }, channel),
    ).toBeUndefined();
  });
});

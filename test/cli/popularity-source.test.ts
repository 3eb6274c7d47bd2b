import { expect, test } from "vitest";
import { popularitySource } from "../../cli/popularity-source.ts";

const ENV = { HOME: "/root", CORNICE_FLAKE: "/flake", CORNICE_SOURCE_NAME: "team", CORNICE_SOURCE_REVISION: "r1" };

test("without an argument, the settings name the source", () => {
  expect(popularitySource(undefined, ENV)).toEqual({ kind: "settings", env: ENV });
});

test.each([
  ["starter", {}],
  ["channel:nixos-25.11", { CORNICE_CHANNEL: "nixos-25.11" }],
  ["git:https://host/a.git", { CORNICE_PKGS_REPO: "https://host/a.git" }],
  ["git:git@host:a", { CORNICE_PKGS_REPO: "git@host:a" }],
  ["flake:git+https://host/a?ref=b", { CORNICE_FLAKE: "git+https://host/a?ref=b" }],
  ["flake:path:/a", { CORNICE_FLAKE: "path:/a" }],
  ["path:/a b", { CORNICE_PKGS_PATH: "/a b" }],
])("%s wins over the settings", (text, settings) => {
  expect(popularitySource(text, ENV)).toEqual({ kind: "settings", env: { HOME: "/root", ...settings } });
});

test.each(["/a", "index.json", "channel:", "other:/a", "constructor:/a"])("%s is an earlier starter set", (path) => {
  expect(popularitySource(path, ENV)).toEqual({ kind: "starter-index", path });
});

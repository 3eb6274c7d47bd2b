import { expect, test } from "vitest";
import type { Revision } from "../../../origin/sources/revision.ts";
import { folderRevision, parseSetNixpkgs, withNixpkgs } from "../../../origin/sources/set-nixpkgs.ts";
import { Settings } from "../../../origin/system/settings.ts";

const STORED = "/nix/store/00000000000000000000000000000000-source";
const SET: Revision = {
  revision: "r1",
  isExact: true,
  fetch: async () => ({ kind: "path", location: "/set", revision: "r1" }),
};

test.for([
  [undefined, undefined],
  ["nixos-25.11", { kind: "channel", channel: "nixos-25.11" }],
  ["0".repeat(40), { kind: "channel", channel: "0".repeat(40) }],
  ["/srv/nixpkgs", { kind: "path", path: "/srv/nixpkgs" }],
] as const)("CORNICE_NIXPKGS=%s", ([value, expected]) => {
  const settings = new Settings(value === undefined ? {} : { CORNICE_NIXPKGS: value });
  expect([parseSetNixpkgs(settings), settings.problems]).toEqual([expected, []]);
});

test.for(["./nixpkgs", "https://example.org/nixpkgs.tar.gz", "a b"])("CORNICE_NIXPKGS=%s is refused", (value) => {
  const settings = new Settings({ CORNICE_NIXPKGS: value });
  expect(parseSetNixpkgs(settings)).toBeUndefined();
  expect(settings.problems).toEqual([
    "CORNICE_NIXPKGS must be a channel such as nixos-25.11, a 40-digit commit, or an absolute path",
  ]);
});

test("a set has its own revision, and that of its nixpkgs", async () => {
  const both = withNixpkgs(SET, folderRevision(STORED));
  expect(both).toMatchObject({ revision: "r1", nixpkgs: STORED, isExact: true });
  expect(await both.fetch()).toEqual({ kind: "path", location: "/set", revision: "r1", nixpkgs: STORED });
});

test("a folder that can change makes no evaluation valid for ever", () => {
  expect(withNixpkgs(SET, folderRevision("/srv/nixpkgs")).isExact).toBe(false);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOMS } from "../../oxlint.rooms.ts";

const IGNORED = new Set(readFileSync(join(import.meta.dirname, "../../.dockerignore"), "utf8").split("\n"));

/** The folders of a room and of all rooms that it imports. */
function foldersFor(room: string, found = new Set<string>()): ReadonlySet<string> {
  found.add(room.split("/")[0] ?? "");
  for (const other of ROOMS[room] ?? []) foldersFor(other, found);
  return found;
}

describe("an image of the origin", () => {
  it("has the folders that the origin and the command line need", () => {
    const needed = [...foldersFor("origin/service"), ...foldersFor("cli"), "protocol", "nix", "bin"];
    expect(needed.filter((folder) => IGNORED.has(folder))).toEqual([]);
  });

  it.each([".git", ".cornice", ".wrangler", "**/node_modules", "test", "wrangler.own.toml"])("has no %s", (name) => {
    expect(IGNORED).toContain(name);
  });
});

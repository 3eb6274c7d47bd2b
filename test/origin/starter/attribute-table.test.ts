import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

import { parseAttributeTable } from "../../../origin/starter/attribute-table.ts";
import MAIN_PROGRAMS from "../../system/main-programs.json" with { type: "json" };
import { parseLinkTable } from "../../../origin/starter/fixes.ts";

const TABLES = new URL("../../../nix/starter/", import.meta.url);

describe("parseAttributeTable", () => {
  it("reads a package, a list, and an object", () => {
    const json = '{ "a": "x", "b.c": ["x", "y"], "d": { "debs": ["z-#"], "programs": ["lib/*/bin/*"] } }';
    expect(parseAttributeTable(json)).toEqual([
      { path: "a", debs: ["x"], programs: [] },
      { path: "b.c", debs: ["x", "y"], programs: [] },
      { path: "d", debs: ["z-#"], programs: ["lib/*/bin/*"] },
    ]);
  });

  it.each(['{ "a": 1 }', '{ "a": { "programs": [] } }', '{ "a": ["x", 2] }', "[]"])("refuses %s", (json) => {
    expect(() => parseAttributeTable(json)).toThrow(TypeError);
  });
});

describe("the starter set's tables", () => {
  it("have attributes that differ in lower case, too", async () => {
    const paths = parseAttributeTable(await readFile(new URL("attributes.json", TABLES), "utf8")).map(
      ({ path }) => path,
    );
    expect(paths.length).toBeGreaterThanOrEqual(60);
    expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
  });

  it("have a command for the main programs of each attribute", async () => {
    const paths = parseAttributeTable(await readFile(new URL("attributes.json", TABLES), "utf8")).map(
      ({ path }) => path,
    );
    expect(Object.keys(MAIN_PROGRAMS).toSorted()).toEqual(paths.toSorted());
  });

  it("give several packages the same link only for programs that can stand for each other", async () => {
    const table = parseLinkTable(await readFile(new URL("links.json", TABLES), "utf8"));
    const links = Object.values(table).flatMap((entries) => Object.keys(entries));
    const shared = new Set(links.filter((link, place) => links.indexOf(link) !== place));
    const roles = ["awk", "ctags", "editor", "etags", "figlet", "pager", "www-browser"];
    expect([...shared].toSorted()).toEqual(roles.map((role) => `usr/bin/${role}`));
  });

  it("have links that are relative to a store path's root", async () => {
    const table = parseLinkTable(await readFile(new URL("links.json", TABLES), "utf8"));
    const links = Object.values(table).flatMap((entries) => Object.entries(entries));
    expect(links.filter(([link, target]) => link.startsWith("/") || !target.startsWith("/"))).toEqual([]);
  });
});

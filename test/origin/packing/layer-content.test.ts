import { join } from "node:path";
import { describe, expect } from "vitest";
import { layerSections } from "../../../origin/packing/layer-content.ts";
import { test, writeTree } from "../fixtures.ts";
import { listed, storePaths } from "./packing.ts";
import { bytesEntry } from "../../image/tar/entries.ts";

/** The names in each section of a layer of store paths. Paths with capital letters stand apart. */
async function sectionsOf(directory: string, text: string): Promise<string[]> {
  const names = text === "" ? [] : text.split(" ");
  await writeTree(directory, Object.fromEntries(names.map((name) => [name, ""])));
  const paths = names.map((name) => join(directory, name));
  const apart = names.filter((name) => /[A-Z]/.test(name)).map((name) => join(directory, name));
  return Array.from(layerSections(storePaths(paths, apart)), ({ entries, apart: path, isLast }) => {
    const found = listed(entries()).map(({ name }) => name.replace(directory.slice(1), ""));
    expect(path?.path.slice(directory.length)).toBe(/^\/[A-Z]$/.test(found[0] ?? "") ? found[0] : undefined);
    return `${found.join(" ")}${isLast ? " end" : ""}`;
  });
}

describe("a store path that stands apart is a section, and so are the paths between two of them", () => {
  test.for<[string, string[]]>([
    ["", ["nix/ nix/store/ end"]],
    ["a b", ["nix/ nix/store/ /a /b end"]],
    ["A", ["nix/ nix/store/", "/A", " end"]],
    ["A B", ["nix/ nix/store/", "/A", "/B", " end"]],
    ["a B c", ["nix/ nix/store/ /a", "/B", "/c end"]],
    ["A b c D", ["nix/ nix/store/", "/A", "/b /c", "/D", " end"]],
  ])("%s", async ([names, sections], { directory }) => {
    expect(await sectionsOf(directory, names)).toEqual(sections);
  });
});

test("known entries are one section", () => {
  const entries = [bytesEntry("f", "text")];
  const sections = Array.from(layerSections({ kind: "entries", entries }), (section) => ({
    ...section,
    entries: section.entries(),
  }));
  expect(sections).toEqual([{ entries, isLast: true }]);
});

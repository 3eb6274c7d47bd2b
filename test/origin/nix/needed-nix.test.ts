import { describe, expect } from "vitest";
import { checkNixVersion, neededNix } from "../../../origin/nix/needed-nix.ts";
import { output } from "../../system/program.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const FEATURES = `[
  { condition = builtins ? nixVersion; }
  { condition = builtins ? nixVersion && builtins.compareVersions "2.18" builtins.nixVersion != 1; }
]`;

describe("a source says which Nix it needs", () => {
  test.for([
    [{ "lib/minver.nix": '"2.18"\n' }, "2.18"],
    [{ "lib/minver.nix": '# The oldest Nix that works\n\n# today\n"2.3.17"\n' }, "2.3.17"],
    [{ "lib/minfeatures.nix": FEATURES }, "2.18"],
    [{ "lib/minver.nix": '"2.3"', "lib/minfeatures.nix": FEATURES }, "2.18"],
    [{ "lib/minver.nix": '"2.26"', "lib/minfeatures.nix": FEATURES }, "2.26"],
  ] as const)("%j: %s", async ([files, needed], { directory }) => {
    await writeTree(directory, { ...files });
    expect((await neededNix({ location: directory }))?.text).toBe(needed);
  });

  test("in the folder of a flake, or beside its default.nix", async ({ directory }) => {
    await writeTree(directory, { "flake/lib/minver.nix": '"2.18"', "flake/default.nix": "{}" });
    expect((await neededNix({ location: directory, directory: "flake" }))?.text).toBe("2.18");
    expect((await neededNix({ location: `${directory}/flake/default.nix` }))?.text).toBe("2.18");
  });
});

describe("a source does not say which Nix it needs", () => {
  test.for([
    ["without the files", {}],
    ["by an expression", { "lib/minver.nix": 'builtins.readFile ./version + "2.18"' }],
    ["by another text", { "lib/minver.nix": '"the newest"' }],
    ["by a huge file", { "lib/minver.nix": `${"#\n".repeat(50_000)}"2.18"` }],
    ["by a folder", { "lib/minver.nix/x": '"2.18"' }],
    ["by a link to a file elsewhere", { "lib/minver.nix": { link: "../elsewhere" }, elsewhere: '"2.18"' }],
  ] as const)("%s", async ([, files], { directory }) => {
    await writeTree(directory, { ...files });
    expect(await neededNix({ location: directory })).toBeUndefined();
  });

  test("by a named pipe that nobody writes to", async ({ directory }) => {
    await writeTree(directory, { "lib/other": "" });
    await output("mkfifo", [`${directory}/lib/minver.nix`]);
    expect(await neededNix({ location: directory })).toBeUndefined();
  });

  test("if it is a file of its own, or missing", async ({ directory }) => {
    await writeTree(directory, { "set.nix": "{}", "lib/minver.nix": '"2.18"' });
    expect(await neededNix({ location: `${directory}/set.nix` })).toBeUndefined();
    expect(await neededNix({ location: `${directory}/none` })).toBeUndefined();
  });
});

describe("a source that needs", () => {
  const isolation = { nixVersion: async () => ({ text: "2.8.0", numbers: [2, 8, 0] }) };

  test.for(["2.8", "2.8.0", "2.3.17"])("Nix %s works with 2.8.0", async (needed, { directory }) => {
    await writeTree(directory, { "lib/minver.nix": `"${needed}"` });
    await expect(checkNixVersion({ location: directory }, isolation)).resolves.toBeUndefined();
  });

  test.for(["2.8.1", "2.18", "99"])("Nix %s is an outage with 2.8.0", async (needed, { directory }) => {
    await writeTree(directory, { "lib/minver.nix": `"${needed}"` });
    expect(await rejection(checkNixVersion({ location: directory }, isolation))).toMatchObject({
      code: "UNAVAILABLE",
      message: `the package source needs Nix ${needed} or newer, and the machine that builds has 2.8.0; its operator must upgrade Nix`,
    });
  });
});

import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, link, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { storePathEntries } from "../../../origin/packing/store-path-entries.ts";
import { rejection, test, writeTree } from "../fixtures.ts";
import { listed } from "./packing.ts";

/** Entries with names relative to the directory. */
function entriesOf(directory: string, ...paths: string[]) {
  const entries = listed(storePathEntries(paths.map((path) => join(directory, path))));
  return entries.map((entry) => ({ ...entry, name: entry.name.slice(directory.length) }));
}

function namesOf(directory: string, ...paths: string[]): string[] {
  return entriesOf(directory, ...paths).map(({ name }) => Buffer.from(name, "latin1").toString());
}

test("names are the paths without the leading slash", async ({ directory }) => {
  await writeTree(directory, { file: "" });
  const entries = listed(storePathEntries([`${directory}/file`]));
  expect(entries[0]?.name).toBe(`${directory}/file`.slice(1));
});

describe("names are sorted by bytes, each directory before its contents", () => {
  test.for<[string, string[], string[]]>([
    [
      "with characters around the slash",
      ["a/b", "a-b", "a.b", "a0"],
      ["p/", "p/a/", "p/a/b", "p/a-b", "p/a.b", "p/a0"],
    ],
    ["with capitals", ["b", "A", "a", "B"], ["p/", "p/A", "p/B", "p/a", "p/b"]],
    ["with numbers", ["10", "9", "1"], ["p/", "p/1", "p/10", "p/9"]],
    // By code units, U+1F600 comes before U+FFEE. By bytes, it comes after it.
    ["beyond the basic plane", ["\u{1F600}", "\uFFEE", "z"], ["p/", "p/z", "p/\uFFEE", "p/\u{1F600}"]],
    ["with several levels", ["b/c/d", "b/c-d", "a"], ["p/", "p/a", "p/b/", "p/b/c/", "p/b/c/d", "p/b/c-d"]],
  ])("%s", async ([, files, names], { directory }) => {
    await writeTree(join(directory, "p"), Object.fromEntries(files.map((name) => [name, ""])));
    expect(namesOf(directory, "p")).toEqual(names);
  });
});

test("store paths come in the order of the layer", async ({ directory }) => {
  await writeTree(directory, { "b/1": "", a: "" });
  expect(namesOf(directory, "b", "a")).toEqual(["b/", "b/1", "a"]);
});

describe("modes are Nix's, whatever the file system says", () => {
  test.for([
    [0o600, 0o444],
    [0o644, 0o444],
    [0o666, 0o444],
    [0o444, 0o444],
    [0o755, 0o555],
    [0o700, 0o555],
    [0o654, 0o555],
    [0o4755, 0o555],
    [0o645, 0o555],
  ] as const)("a file's %o gives %o", async ([given, mode], { directory }) => {
    const path = join(await writeTree(directory, { file: "abc" }), "file");
    await chmod(path, given);
    expect(entriesOf(directory, "file")).toEqual([
      { type: "file", name: "file", mode, content: { kind: "file", path, size: 3 } },
    ]);
  });

  test.for([0o700, 0o755, 0o1777, 0o555])("a directory's %o gives 555", async (given, { directory }) => {
    await writeTree(directory, { "d/": "" });
    await chmod(join(directory, "d"), given);
    expect(entriesOf(directory, "d")).toEqual([{ type: "directory", name: "d/", mode: 0o555 }]);
  });
});

describe("a symbolic link is not followed", () => {
  test.for(["file", "/nix/store/x", "../../up", "nowhere", ".", "l"])("to %s", async (target, { directory }) => {
    await writeTree(directory, { "p/file": "" });
    await symlink(target, join(directory, "p/l"));
    expect(entriesOf(directory, "p").at(-1)).toEqual({ type: "symlink", name: "p/l", target });
  });

  test("as a store path of its own", async ({ directory }) => {
    await writeTree(directory, { l: { link: "/nix/store/x" } });
    expect(entriesOf(directory, "l")).toEqual([{ type: "symlink", name: "l", target: "/nix/store/x" }]);
  });
});

describe("files with the same bytes", () => {
  const PROGRAM = "x".repeat(4096);
  const typesOf = (directory: string, ...paths: string[]) =>
    entriesOf(directory, ...paths).map(({ type, name }) => `${type} ${name}`);

  test("are one file with several names", async ({ directory }) => {
    await writeTree(directory, { "p/bin/git": { program: PROGRAM }, "p/lib/git": { program: PROGRAM } });
    const name = (path: string) => join(directory, path).slice(1);
    const path = join(directory, "p/bin/git");
    expect(entriesOf(directory, "p").filter(({ type }) => type !== "directory")).toEqual([
      {
        type: "file",
        name: "p/bin/git",
        mode: 0o555,
        content: { kind: "file", path, size: 4096 },
      },
      { type: "hardlink", name: "p/lib/git", mode: 0o555, target: name("p/bin/git") },
    ]);
  });

  test("are the same entries if this machine's store has linked them", async ({ directory }) => {
    await writeTree(directory, { "p/a": PROGRAM, "p/b": PROGRAM, "p/small": "abc" });
    const apart = typesOf(directory, "p");
    await rm(join(directory, "p/b"));
    await link(join(directory, "p/a"), join(directory, "p/b"));
    expect(typesOf(directory, "p")).toEqual(apart);
    await link(join(directory, "p/small"), join(directory, "p/small2"));
    expect(typesOf(directory, "p")).toEqual([...apart, "file p/small2"]);
  });

  test("are not linked across store paths, because a layer may have one path without the other", async ({
    directory,
  }) => {
    await writeTree(directory, { "p/a": PROGRAM, "q/a": PROGRAM });
    expect(typesOf(directory, "p", "q")).toEqual(["directory p/", "file p/a", "directory q/", "file q/a"]);
  });
});

test("a fifo is refused, and the error names it", async ({ directory }) => {
  const path = join(directory, "fifo");
  await promisify(execFile)("mkfifo", [path]);
  expect(await rejection(Array.fromAsync(storePathEntries([path])))).toMatchObject({
    name: "Error",
    message: `${path} is not a file, directory or symbolic link`,
  });
});

test("a socket, which no package can have, is an error with its path", async ({ directory }) => {
  await writeTree(directory, { "p/a/": "" });
  const server = createServer().listen(join(directory, "p/a/socket\n"));
  await once(server, "listening");
  expect(await rejection(Array.fromAsync(storePathEntries([join(directory, "p")])))).toMatchObject({
    name: "Error",
    message: `${directory}/p/a/socket\n is not a file, directory or symbolic link`,
  });
  server.close();
});

/** Makes a path step by step, because it is longer than one system call allows. */
async function writeDeep(directory: string): Promise<void> {
  const script = `for (let i = 0; i < 25; i++) { fs.mkdirSync("d".repeat(200)); process.chdir("d".repeat(200)); }`;
  await promisify(execFile)(process.execPath, ["-e", script], { cwd: directory });
}

test("a path that is too long is the package's fault", async ({ directory }) => {
  await writeTree(directory, { "p/": "" });
  await writeDeep(join(directory, "p"));
  expect(await rejection(Array.fromAsync(storePathEntries([join(directory, "p")])))).toMatchObject({
    message: "p has files whose paths are longer than 4095 bytes",
  });
  // Node cannot remove such a long path.
  await promisify(execFile)("rm", ["-r", join(directory, "p")]);
});

test("a deep tree is listed whole", async ({ directory }) => {
  const path = "d/".repeat(500);
  await promisify(execFile)("mkdir", ["-p", `p/${path}`], { cwd: directory });
  expect(namesOf(directory, "p")).toHaveLength(501);
});

test("a store path that is missing is an error", async ({ directory }) => {
  expect(await rejection(Array.fromAsync(storePathEntries([join(directory, "gone")])))).toMatchObject({
    code: "ENOENT",
  });
});

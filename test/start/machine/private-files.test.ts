import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect } from "vitest";
import { ensurePrivateFolder, writePrivateFile } from "../../../start/machine/private-files.ts";
import { StartError } from "../../../start/machine/start-error.ts";
import { containing } from "../../matchers.ts";
import { rejection, test } from "../../origin/fixtures.ts";

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

describe("a state folder", () => {
  test("is created for its owner only", async ({ directory }) => {
    const folder = join(directory, "a/b");
    await ensurePrivateFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  test.for([0o755, 0o777, 0o750, 0o711])("of mode %o is closed for others", async (mode, { directory }) => {
    await writeFile(join(directory, "secrets.json"), "{}");
    await chmod(directory, mode);
    await ensurePrivateFolder(directory);
    expect(await modeOf(directory)).toBe(0o700);
  });

  test("that is empty is closed for others", async ({ directory }) => {
    const folder = join(directory, "empty");
    await mkdir(folder);
    await chmod(folder, 0o755);
    await ensurePrivateFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  test("that is already closed may hold any files", async ({ directory }) => {
    await writeFile(join(directory, "other"), "");
    await chmod(directory, 0o700);
    await ensurePrivateFolder(directory);
    expect(await readdir(directory)).toEqual(["other"]);
  });

  test("that is open and holds files stays unchanged, and gives an error", async ({ directory }) => {
    await writeFile(join(directory, "other"), "");
    await chmod(directory, 0o755);
    const error = await rejection(ensurePrivateFolder(directory));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({ message: containing("CORNICE_STATE_DIR") });
    expect(await modeOf(directory)).toBe(0o755);
  });
});

describe("a folder that cannot keep the state is refused in words:", () => {
  test.for([
    ["a file", "file", "it is no folder"],
    ["a path below a file", "file/state", "a part of its path is no folder"],
    ["a link that leads nowhere", "link", "it is no folder"],
    ["a path where the system makes no folder", "/proc/cornice/state", "no folder can be made there"],
  ] as const)("%s", async ([, path, reason], { directory }) => {
    await writeFile(join(directory, "file"), "");
    await symlink(join(directory, "nowhere"), join(directory, "link"));
    const folder = resolve(directory, path);
    const error = await rejection(ensurePrivateFolder(folder));
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({
      message: `${folder} cannot keep the state: ${reason}; name another folder with CORNICE_STATE_DIR`,
    });
  });
});

describe("a private file", () => {
  test("belongs only to its owner, even if the old file did not", async ({ directory }) => {
    const file = join(directory, "file");
    await writeFile(file, "old");
    await chmod(file, 0o644);
    await writePrivateFile(file, "new");
    expect(await modeOf(file)).toBe(0o600);
    expect(await readFile(file, "utf8")).toBe("new");
  });

  test("leaves no other file behind", async ({ directory }) => {
    await writePrivateFile(join(directory, "file"), "");
    expect(await readdir(directory)).toEqual(["file"]);
  });

  test("is private, even if a partial file of an earlier start was not", async ({ directory }) => {
    const file = join(directory, "file");
    await writeFile(`${file}.partial`, "left over");
    await chmod(`${file}.partial`, 0o644);
    await writePrivateFile(file, "new");
    expect(await modeOf(file)).toBe(0o600);
  });
});

import { execFile } from "node:child_process";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { openNamelessSpoolFile, openSpool, withSpoolFile, withSpoolFolder } from "../../../origin/system/spool.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const NOW_MS = Date.parse("2026-01-10T00:00:00Z");

describe("opening the spool", () => {
  test("makes the folder and its parent folders", async ({ directory }) => {
    await openSpool(join(directory, "a/b"), NOW_MS);
    expect(await readdir(join(directory, "a/b"))).toEqual([]);
  });

  test("removes files that are older than two days, and no others", async ({ directory }) => {
    await writeTree(directory, { "old/layer": "", "new/layer": "" });
    await utimes(join(directory, "old"), 0, Date.parse("2026-01-07T23:59:59Z") / 1000);
    await utimes(join(directory, "new"), 0, Date.parse("2026-01-08T00:00:01Z") / 1000);
    await openSpool(directory, NOW_MS);
    expect(await readdir(directory)).toEqual(["new"]);
  });
});

describe("what a killed process has left", () => {
  /** A process that makes a folder and a file in the spool, and is killed. */
  const leave = async (directory: string) => {
    const spool = JSON.stringify(join(import.meta.dirname, "../../../origin/system/spool.ts"));
    const work = `withSpoolFile(directory, async (file) => { writeFileSync(file, ""); process.kill(process.pid, "SIGKILL"); })`;
    const script = `import { writeFileSync } from "node:fs"; import { withSpoolFile, withSpoolFolder } from ${spool};
      const directory = ${JSON.stringify(directory)}; await withSpoolFolder(directory, () => ${work});`;
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]).catch(() => undefined);
  };

  test("goes at the next start", async ({ directory }) => {
    await leave(directory);
    expect(await readdir(directory)).toHaveLength(2);
    await openSpool(directory, Date.now());
    expect(await readdir(directory)).toEqual([]);
  });

  test("does not take along what a living process works with", async ({ directory }) => {
    await leave(directory);
    await withSpoolFolder(directory, async (folder) => {
      await openSpool(directory, Date.now());
      expect(await readdir(directory)).toEqual([basename(folder)]);
    });
  });
});

describe("a spool folder", () => {
  test("exists during the work, and is removed with all its files afterwards", async ({ directory }) => {
    const during = await withSpoolFolder(directory, async (folder) => {
      await writeTree(folder, { "a/b": "text" });
      return readdir(directory);
    });
    expect(during).toEqual([expect.stringMatching(/^work-/)]);
    expect(await readdir(directory)).toEqual([]);
  });

  test("stays until all that hold it have let go", async ({ directory }) => {
    const [one, other] = await withSpoolFolder(directory, async (_, hold) => [hold(), hold()] as const);
    await one();
    expect(await readdir(directory)).toHaveLength(1);
    await other();
    expect(await readdir(directory)).toEqual([]);
  });

  test("is removed after a failure, and the caller gets the error", async ({ directory }) => {
    const failing = withSpoolFolder(directory, () => Promise.reject(new Error("no space")));
    expect(await rejection(failing)).toMatchObject({ message: "no space" });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("a spool file", () => {
  test("can be made by the work, and is removed afterwards", async ({ directory }) => {
    const [before, during] = await withSpoolFile(directory, async (file) => {
      const names = await readdir(directory);
      await writeFile(file, "text");
      return [names, await readdir(directory)];
    });
    expect([before, during]).toEqual([[], [expect.stringMatching(/^work-/)]]);
    expect(await readdir(directory)).toEqual([]);
  });

  test("can be missing after the work", async ({ directory }) => {
    expect(await withSpoolFile(directory, () => Promise.resolve("done"))).toBe("done");
  });

  test("is removed after a failure, and the caller gets the error", async ({ directory }) => {
    const failing = withSpoolFile(directory, async (file) => {
      await writeFile(file, "text");
      throw new Error("no space");
    });
    expect(await rejection(failing)).toMatchObject({ message: "no space" });
    expect(await readdir(directory)).toEqual([]);
  });
});

test("a nameless spool file can be written and read, and no other process sees it", async ({ directory }) => {
  await using handle = await openNamelessSpoolFile(directory);
  expect(await readdir(directory)).toEqual([]);
  await handle.write("text", 0);
  expect((await handle.read(Buffer.alloc(4), 0, 4, 0)).buffer.toString()).toBe("text");
});

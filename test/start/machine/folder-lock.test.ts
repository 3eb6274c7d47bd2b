import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { lockFolder } from "../../../start/machine/folder-lock.ts";
import { StartError } from "../../../start/machine/start-error.ts";
import { rejection, test } from "../../origin/fixtures.ts";

const MODULE = join(import.meta.dirname, "../../../start/machine/folder-lock.ts");
const KEEP = `await (await import(process.argv[1])).lockFolder(process.argv[2]); console.log("locked"); setInterval(() => {}, 1e6)`;

test("a folder is for one process, also under another path", async ({ directory }) => {
  const link = `${directory}/link`;
  await symlink(directory, link);
  await using _ = await lockFolder(directory);
  const error = await rejection(lockFolder(link));
  expect(error).toBeInstanceOf(StartError);
  expect(error).toMatchObject({
    message: `a registry already runs with ${link}; stop it, or name another folder with CORNICE_STATE_DIR`,
  });
});

test("another folder is free", async ({ directory }) => {
  await mkdir(join(directory, "other"));
  await using _ = await lockFolder(directory);
  await using other = await lockFolder(join(directory, "other"));
  expect(other).toBeDefined();
});

test("a killed process leaves no lock", async ({ directory }) => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", KEEP, MODULE, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(await rejection(lockFolder(directory))).toBeInstanceOf(StartError);
  child.kill("SIGKILL");
  await once(child, "exit");
  await using _ = await lockFolder(directory);
});

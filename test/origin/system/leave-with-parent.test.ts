import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { test, until, writeTree } from "../fixtures.ts";

const MODULE = join(import.meta.dirname, "../../../origin/system/leave-with-parent.ts");
/** It runs for a minute if nothing ends it. */
const CHILD = `import { leaveWithParent } from ${JSON.stringify(MODULE)};
  console.log(process.pid);
  if (process.argv[2]) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.argv[2]));
  setTimeout(() => {}, 60_000);
  setTimeout(() => leaveWithParent(), 50);`;
const PARENT = `import { fork } from "node:child_process"; fork(process.argv[2], process.argv.slice(3));`;

test.for([
  ["while the child waits", []],
  ["before the child can notice", ["300"]],
] as const)("a child ends when its parent is killed %s", async ([, args], { directory }) => {
  await writeTree(directory, { "child.mjs": CHILD, "parent.mjs": PARENT });
  const files = ["parent.mjs", "child.mjs"].map((name) => join(directory, name));
  const parent = spawn(process.execPath, [...files, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  parent.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await until(async () => text.endsWith("\n"));
  parent.kill("SIGKILL");
  await until(async () => !isRunning(Number(text)));
  expect(isRunning(Number(text))).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

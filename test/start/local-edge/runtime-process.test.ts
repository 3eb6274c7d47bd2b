import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { findRuntime } from "../../../start/local-edge/runtime-process.ts";
import { rejection, test } from "../../origin/fixtures.ts";

/** A process of this name; it ends 50 ms after SIGTERM. */
async function startChild(directory: string) {
  const program = join(directory, "workerd");
  await copyFile("/bin/bash", program);
  const script = "trap 'sleep 0.05; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
  const child = spawn(program, ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("the runtime", () => {
  test("ends after it was told to drain", async ({ directory }) => {
    const child = await startChild(directory);
    const runtime = await findRuntime();
    runtime.drain();
    await runtime.ended;
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  });

  test("ends when it is killed", async ({ directory }) => {
    const child = await startChild(directory);
    const runtime = await findRuntime();
    child.kill("SIGKILL");
    await runtime.ended;
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("is nothing else", async () => {
    expect(await rejection(findRuntime())).toMatchObject({
      message: "this process must have one child with the name workerd",
    });
  });
});

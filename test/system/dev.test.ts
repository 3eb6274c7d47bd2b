import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../start/machine/ports.ts";
import { processesWith } from "./program.ts";
import { REPOSITORY, temporaryDirectory, testPackages } from "./registry.ts";

/** A copy of the repository. The test may change its sources. */
async function copySources(directory: string): Promise<string> {
  const folder = join(directory, "cornice");
  const names = ["image", "nix", "origin", "protocol", "start", "worker", "dist", "package.json", "wrangler.toml"];
  for (const name of names) await cp(join(REPOSITORY, name), join(folder, name), { recursive: true });
  await symlink(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  return folder;
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

/** `npm run dev`, without the installation before it. Ctrl-C ends it at the end of the test. */
async function startDev(folder: string, state: string, env: Readonly<Record<string, string>>) {
  const [port, originPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ["start/main.ts", "--watch"], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...env,
      CORNICE_INDEX: "false",
      CORNICE_LOG_LEVEL: "debug",
      CORNICE_STATE_DIR: state,
      CORNICE_PORT: String(port),
      CORNICE_ORIGIN_PORT: String(originPort),
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const closed = once(child, "close");
    process.kill(-child.pid, "SIGINT");
    await closed;
  }
  onTestFinished(stop);
  return { registry: `http://127.0.0.1:${port}`, origin: `http://127.0.0.1:${originPort}`, log: () => text, stop };
}

const WAIT = { timeout: 120_000, interval: 200 };

test("npm run dev runs the current sources, and Ctrl-C ends all its processes", async () => {
  await using directory = await temporaryDirectory();
  const folder = await copySources(directory.path);
  const state = join(directory.path, "state");
  const dev = await startDev(folder, state, await testPackages(directory.path, randomUUID()));
  await expect.poll(dev.log, WAIT).toContain("Ctrl-C stops it");
  expect((await fetch(`${dev.registry}/v2/hello/manifests/latest`)).status).toBe(200);
  expect(dev.log()).toMatch(/^\{"level":"info","message":"request",.*"key":"hello:latest"/m);
  expect(dev.log()).toMatch(/^\{"level":"debug","message":"tier",/m);
  expect(dev.log()).toMatch(/^origin: debug: hello: run /m);

  const ask = async (url: string) => (await fetch(url)).text();
  // A process that starts again has its port closed for a while.
  const askAgain = (url: string) => () => ask(url).catch(() => "");
  await edit(join(folder, "worker/entrance.ts"), "has nothing at this address", "has been changed");
  await expect.poll(askAgain(`${dev.registry}/v2/hello/nothing`), WAIT).toContain("has been changed");
  expect(dev.log()).toContain("worker/entrance.ts changed; starting the registry again");

  await edit(join(folder, "origin/service/server.ts"), '"ready"', '"changed"');
  await expect.poll(askAgain(`${dev.origin}/readyz`), WAIT).toBe("changed");
  expect(dev.log()).toContain("origin/service/server.ts changed; starting the origin again");
  expect(dev.log()).not.toContain("worker/entrance.ts changed; starting the origin again");

  // Sources that cannot run, and are repaired. The pause after a failure must not delay the next change.
  await edit(join(folder, "worker/entrance.ts"), "export const routes", "export konst routes");
  await expect.poll(dev.log, WAIT).toContain("the registry ended (exit code 1)");
  await edit(join(folder, "worker/entrance.ts"), "export konst routes", "export const routes");
  await expect.poll(askAgain(`${dev.registry}/v2/hello/nothing`), WAIT).toContain("has been changed");

  await dev.stop();
  expect(await processesWith(state)).toEqual([]);
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test as plain, vi } from "vitest";
import { StartError } from "../../../start/machine/start-error.ts";
import { nextPause, startSupervised, type SupervisedProcess } from "../../../start/machine/supervised-process.ts";
import { rejection, test, until, writeTree } from "../../origin/fixtures.ts";

describe("the pause before the next start", () => {
  plain.each([
    ["is a second at first", 0, 0, 1000],
    ["doubles", 1000, 0, 2000],
    ["doubles again", 2000, 59_999, 4000],
    ["is at most half a minute", 16_000, 0, 30_000],
    ["stays at half a minute", 30_000, 0, 30_000],
    ["is a second again after a good minute", 30_000, 60_000, 1000],
  ])("%s", (_, last, ran, next) => {
    expect(nextPause(last, ran)).toBe(next);
  });
});

/** Starts a script. At each start, it appends its process id as a line to the file `pids`. */
async function start(
  directory: string,
  script: string,
  onLog: (line: string) => void = () => undefined,
  onStart: (part: SupervisedProcess) => void = () => undefined,
) {
  await writeTree(directory, {
    "script.mjs": `import { appendFileSync } from "node:fs";
      appendFileSync(process.argv[2], process.pid + "\\n");
      ${script}`,
  });
  return startSupervised({
    name: "registry",
    script: join(directory, "script.mjs"),
    args: [join(directory, "pids")],
    env: { PATH: process.env["PATH"], GREETING: "hello" },
    log: onLog,
    onStart,
  });
}

async function pidsOf(directory: string): Promise<number[]> {
  const text = await readFile(join(directory, "pids"), "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const READY = 'process.send("ready");';
const WAIT = "setInterval(() => {}, 1000);";

describe.concurrent("a process", () => {
  test("runs from its ready message until it is stopped", async ({ directory, expect: expectHere }) => {
    const child = await start(directory, `setTimeout(() => ${READY.slice(0, -1)}, 100); ${WAIT}`);
    const [pid = 0] = await pidsOf(directory);
    expectHere(isRunning(pid)).toBe(true);
    await child.stop();
    expectHere(isRunning(pid)).toBe(false);
  });

  test("gets only the given environment", async ({ directory, expect: expectHere }) => {
    const write = 'appendFileSync(process.argv[2] + ".env", Object.keys(process.env).sort().join());';
    const child = await start(directory, `${write} ${READY} ${WAIT}`);
    await child.stop();
    const names = (await readFile(join(directory, "pids.env"), "utf8")).split(",");
    expectHere(names.filter((name) => !name.startsWith("NODE_CHANNEL"))).toEqual(["GREETING", "PATH"]);
  });

  test("that ends before it is ready is an error", async ({ directory, expect: expectHere }) => {
    const error = await rejection(start(directory, "process.exit(3);"));
    expectHere(error).toBeInstanceOf(StartError);
    expectHere(error).toMatchObject({ message: "the registry did not start; its message is above" });
  });

  test("can be stopped before it is ready", async ({ directory, expect: expectHere }) => {
    const parts: SupervisedProcess[] = [];
    const starting = rejection(start(directory, WAIT, undefined, (part) => parts.push(part)));
    await until(async () => (await pidsOf(directory)).length === 1);
    await Promise.all(parts.map((part) => part.stop()));
    expectHere((await pidsOf(directory)).filter(isRunning)).toEqual([]);
    expectHere(await starting).toBeInstanceOf(StartError);
  });

  test("that ends later is started again, and a line says so", async ({ directory, expect: expectHere }) => {
    const lines: string[] = [];
    const once = `if (!existsSync("${directory}/again")) { writeFileSync("${directory}/again", ""); setTimeout(() => process.exit(3), 50); }`;
    const script = `import { existsSync, writeFileSync } from "node:fs"; ${READY} ${WAIT} ${once}`;
    const child = await start(directory, script, (line) => lines.push(line));
    await until(async () => (await pidsOf(directory)).length === 2);
    await child.stop();
    expectHere(lines).toEqual(["the registry ended (exit code 3); starting it again in 1 s"]);
    expectHere((await pidsOf(directory)).filter(isRunning)).toEqual([]);
  });

  test("that is killed is logged with its signal", async ({ directory, expect: expectHere }) => {
    const lines: string[] = [];
    const child = await start(directory, `${READY} ${WAIT}`, (line) => lines.push(line));
    const [pid = 0] = await pidsOf(directory);
    process.kill(pid, "SIGKILL");
    await until(() => lines.length > 0);
    await child.stop();
    expectHere(lines).toEqual(["the registry ended (SIGKILL); starting it again in 1 s"]);
  });

  test("that is restarted on request has no pause, and no log line", async ({ directory, expect: expectHere }) => {
    const lines: string[] = [];
    const child = await start(directory, `${READY} ${WAIT}`, (line) => lines.push(line));
    await child.restart();
    await until(async () => (await pidsOf(directory)).length === 2);
    const [first = 0, second = 0] = await pidsOf(directory);
    expectHere([isRunning(first), isRunning(second)]).toEqual([false, true]);
    await child.stop();
    expectHere(isRunning(second)).toBe(false);
    expectHere(lines).toEqual([]);
  });

  test("that failed can be restarted before its pause is over", async ({ directory, expect: expectHere }) => {
    const lines: string[] = [];
    const script = `import { existsSync } from "node:fs"; ${READY} ${WAIT}
      if (!existsSync("${directory}/mended")) setTimeout(() => process.exit(3), 50);`;
    const child = await start(directory, script, (line) => lines.push(line));
    await until(() => lines.length === 3);
    await writeTree(directory, { mended: "" });
    const began = (await pidsOf(directory)).length;
    await child.restart();
    await until(async () => (await pidsOf(directory)).length > began);
    await child.stop();
    expectHere(lines.at(-1)).toBe("the registry ended (exit code 3); starting it again in 4 s");
  });

  test("that was stopped during the pause is not started again", async ({ directory, expect: expectHere }) => {
    const lines: string[] = [];
    const child = await start(directory, `${READY} process.disconnect();`, (line) => lines.push(line));
    await until(() => lines.length > 0);
    await child.stop();
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expectHere(await pidsOf(directory)).toHaveLength(1);
  });
});

test("a process that ignores the signal is killed within five seconds", async ({ directory }) => {
  const child = await start(directory, `process.on("SIGINT", () => {}); ${READY} ${WAIT}`);
  const [pid = 0] = await pidsOf(directory);
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const stopped = child.stop();
  vi.advanceTimersByTime(4499);
  expect(isRunning(pid)).toBe(true);
  vi.advanceTimersByTime(1);
  await stopped;
  expect(isRunning(pid)).toBe(false);
});

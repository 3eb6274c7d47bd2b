import { readFile } from "node:fs/promises";
import { describe, expect, onTestFinished, vi } from "vitest";
import { CommandError, runCommand } from "../../../origin/system/command.ts";
import { rejection, test, until } from "../fixtures.ts";

interface Run {
  readonly signal?: AbortSignal;
  readonly onStdout?: (line: string) => void;
  readonly onStderr?: (line: string) => void;
  readonly maxLineBytes?: number;
  readonly maxStdoutLineBytes?: number;
}

/** Runs a shell script. Its environment has only PATH. */
function sh(
  script: string,
  { signal = new AbortController().signal, onStdout = vi.fn(), onStderr = vi.fn(), ...limits }: Run = {},
) {
  const env = { PATH: process.env["PATH"] ?? "" };
  return runCommand("sh", { args: ["-c", script], env, onStdout, onStderr, signal, ...limits });
}

async function linesOf(script: string): Promise<{ stdout: string[]; stderr: string[] }> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  await sh(script, { onStdout: (line) => stdout.push(line), onStderr: (line) => stderr.push(line) });
  return { stdout, stderr };
}

/** Whether a process runs. A zombie has ended. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const state = /\) (\w) /.exec(status)?.[1];
  return state !== undefined && state !== "Z" && state !== "X";
}

async function runningOf(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(pids.map(async (pid) => ((await isRunning(pid)) ? [pid] : [])));
  return states.flat();
}

describe("lines", () => {
  test.for<[string, string[]]>([
    ["printf 'a\\nb\\n'", ["a", "b"]],
    ["printf 'a\\nb'", ["a", "b"]],
    ["printf 'a\\n\\nb\\n'", ["a", "", "b"]],
    ["printf 'a\\r\\nb\\n'", ["a", "b"]],
    ["printf 'a\\rb\\n'", ["a\rb"]],
    ["printf 'a\\342\\200\\250@nix b\\n'", ["a\u2028@nix b"]],
    ["printf 'ä\\303'; sleep 0.05; printf '\\244\\n'", ["ää"]],
    [":", []],
  ])("of %s are %j", async ([script, lines]) => {
    expect((await linesOf(script)).stdout).toEqual(lines);
  });

  test("arrive when they are printed, not at the end", async () => {
    const lines: string[] = [];
    const stop = new AbortController();
    const run = rejection(sh("echo first; sleep 1000", { onStdout: (line) => lines.push(line), signal: stop.signal }));
    await until(() => lines.length > 0);
    stop.abort();
    await run;
    expect(lines).toEqual(["first"]);
  });

  test("of both outputs stay separate and in order", async () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => String(index));
    const script = "i=0; while [ $i -lt 5000 ]; do echo $i; echo e$i >&2; i=$((i+1)); done";
    expect(await linesOf(script)).toEqual({ stdout: numbers, stderr: numbers.map((number) => `e${number}`) });
  });

  test("end the command if they are refused, because it would wait for a reader", async () => {
    const refusal = new Error("not a line of ours");
    const onStdout = () => {
      throw refusal;
    };
    expect(await rejection(sh("while :; do echo x; done", { onStdout }))).toBe(refusal);
  });
});

describe("a line that is too long", () => {
  const long = "head -c 3000000 /dev/zero | tr '\\0' x";

  test("is cut on standard error, with a mark", async () => {
    const lines: string[] = [];
    await sh(`{ ${long}; echo; echo next; } >&2`, { onStderr: (line) => lines.push(line) });
    expect(lines).toEqual([`${"x".repeat(1_048_576)}… (the rest of the line is left out)`, "next"]);
  });

  test("is an error on standard output, which ends the command", async () => {
    const onStdout = vi.fn();
    const error = await rejection(sh(`${long}; sleep 1000`, { onStdout, maxStdoutLineBytes: 1_000_000 }));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ message: "sh printed a line of more than 1.0 MB" });
    expect(onStdout).not.toHaveBeenCalled();
  });

  test("may be as long as an evaluation's answer on standard output", async () => {
    const lines = (await linesOf(`${long}; echo`)).stdout;
    expect(lines.map(({ length }) => length)).toEqual([3_000_000]);
  });
});

describe("a flood of lines on standard error", () => {
  test("leaves the thread time for other work, and makes the command wait", async () => {
    const stop = new AbortController();
    let lines = 0;
    const started = performance.now();
    const run = rejection(sh("yes >&2", { signal: stop.signal, onStderr: () => (lines += 1) }));
    let turns = 0;
    for (; performance.now() - started < 2000; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
    stop.abort(new Error("enough"));
    expect(await run).toMatchObject({ message: "enough" });
    expect(turns).toBeGreaterThan(1);
    // The limit is one burst and 20,000 lines in each second of the test, with some tolerance for a slow clock.
    const seconds = (performance.now() - started) / 1000;
    expect(lines).toBeLessThan(20_000 * (seconds + 2));
  });

  test("is read completely, also after the command has ended", async () => {
    const { stderr } = await linesOf("seq 30000 >&2; exec true");
    expect(stderr).toEqual(Array.from({ length: 30_000 }, (_, index) => String(index + 1)));
  });

  test("does not delay the end of a command after an abort", async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const script = "trap 'seq 100000 >&2; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    const run = rejection(sh(script, { signal: stop.signal, onStdout: (line) => lines.push(line) }));
    await until(() => lines.includes("ready"));
    stop.abort(new Error("enough"));
    expect(await run).toMatchObject({ message: "enough" });
  });
});

test("the command gets the given environment only", async () => {
  expect((await linesOf("env | grep -v -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= || :")).stdout).toEqual([]);
});

describe("the end", () => {
  test.for([
    ["exit 1", "sh ended with exit code 1"],
    ["exit 255", "sh ended with exit code 255"],
    ["kill -KILL $$", "sh ended with SIGKILL"],
    ["kill -TERM $$", "sh ended with SIGTERM"],
  ])("of %j is an error: %s", async ([script = "", message]) => {
    const error = await rejection(sh(script));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ message });
  });

  test("comes after all lines, also for a failure", async () => {
    const lines: string[] = [];
    await rejection(sh("echo why >&2; exit 1", { onStderr: (line) => lines.push(line) }));
    expect(lines).toEqual(["why"]);
  });
});

test("a missing program is an error", async () => {
  const signal = new AbortController().signal;
  const options = { args: [], env: { PATH: "/nowhere" }, onStdout: vi.fn(), onStderr: vi.fn(), signal };
  const error = await rejection(runCommand("cornice-no-such-program", options));
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({
    message: "cornice-no-such-program could not be started",
    cause: { code: "ENOENT" },
  });
});

describe.concurrent("an abort", () => {
  /** Runs a script that prints process ids and then "ready". Aborts it, and returns the ids and the rejection. */
  async function abort(script: string): Promise<{ pids: number[]; error: unknown }> {
    const lines: string[] = [];
    const stop = new AbortController();
    const run = rejection(sh(script, { signal: stop.signal, onStdout: (line) => lines.push(line) }));
    await until(() => lines.includes("ready"));
    const pids = lines.filter((line) => line !== "ready").map(Number);
    stop.abort(new Error("enough"));
    return { pids, error: await run };
  }

  test("before the start runs nothing", async () => {
    const onStdout = vi.fn();
    const signal = AbortSignal.abort(new Error("enough"));
    expect(await rejection(sh("echo ran", { signal, onStdout }))).toMatchObject({ message: "enough" });
    expect(onStdout).not.toHaveBeenCalled();
  });

  test("rejects with its reason", async () => {
    expect((await abort("echo ready; sleep 1000")).error).toMatchObject({ name: "Error", message: "enough" });
  });

  test("ends children and grandchildren", async () => {
    const { pids } = await abort("echo $$; sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!; echo ready; wait'");
    expect(pids).toHaveLength(3);
    await until(async () => (await runningOf(pids)).length === 0);
  });

  test("gives the command time to clean up", async ({ directory }) => {
    await abort(`trap 'sleep 0.2; touch ${directory}/tidy; exit 0' TERM; echo ready; while :; do sleep 0.05; done`);
    expect(await readFile(`${directory}/tidy`, "utf8")).toBe("");
  });

  test("kills children that ignore SIGTERM after the command itself has ended", async () => {
    const stubborn = "sh -c 'trap \"\" TERM; echo $$; echo ready; while :; do sleep 0.1; done'";
    const { pids } = await abort(`${stubborn} & wait`);
    await until(async () => (await runningOf(pids)).length === 0);
  });
});

test("a command that ignores SIGTERM is killed after three seconds", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const stop = new AbortController();
  const script = "trap '' TERM; echo $$; echo ready; while :; do sleep 0.05; done";
  const run = rejection(sh(script, { signal: stop.signal, onStdout: (line) => lines.push(line) }));
  await until(() => lines.includes("ready"));
  const pids = lines.slice(0, 1).map(Number);
  stop.abort(new Error("enough"));
  vi.advanceTimersByTime(2999);
  expect(await runningOf(pids)).toEqual(pids);
  vi.advanceTimersByTime(1);
  expect(await run).toMatchObject({ message: "enough" });
  expect(await runningOf(pids)).toEqual([]);
});

import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CommandError, runCommand } from "../../../origin/system/command.ts";
import { commandLine, debug, debugTimed, listenForDebug } from "../../../origin/system/debug.ts";

/** Collects the lines that are written from now on. */
function listen(): readonly string[] {
  const lines: string[] = [];
  onTestFinished(listenForDebug((line) => lines.push(line)));
  return lines;
}

function sh(script: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { signal } = new AbortController();
  const options = { env: { PATH: process.env["PATH"] ?? "", ...env }, signal, onStdout: () => {}, onStderr: () => {} };
  return runCommand("sh", { args: ["-c", script], ...options });
}

test("no line is made if nobody listens", () => {
  const describeIt = vi.fn(() => "line");
  debug(describeIt);
  listen();
  debug(describeIt);
  expect(describeIt).toHaveBeenCalledOnce();
});

test("a stopped listener gets no more lines", () => {
  const lines: string[] = [];
  const end = listenForDebug((line) => lines.push(line));
  debug(() => "before");
  end();
  debug(() => "after");
  expect(lines).toEqual(["before"]);
});

test("a listener is called in the context of the writer", async () => {
  const builds = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  onTestFinished(listenForDebug(() => seen.push(builds.getStore())));
  const write = async () => debug(() => "line");
  await Promise.all(["git", "htop"].map((name) => builds.run(name, write)));
  expect(seen).toEqual(["git", "htop"]);
});

test("a line has no credentials of a URL, no control characters, and a maximum length", () => {
  const lines = listen();
  debug(() => `clone https://user:s3cret@a.example/b\u001b[31m\n${"x".repeat(10_000)}`);
  expect(lines[0]?.slice(0, 30)).toBe("clone https://a.example/bxxxxx");
  expect(lines[0]).toHaveLength(8192);
});

describe("a command", () => {
  test("gives lines with its arguments, its end and its duration, but not its environment", async () => {
    const lines = listen();
    await sh("exit 0", { CORNICE_GIT_PASSWORD: "s3cret-0123" });
    expect(lines).toEqual(["run sh -c 'exit 0'", expect.stringMatching(/^sh ended after \d+ ms$/)]);
    expect(lines.join("\n")).not.toContain("s3cret-0123");
  });

  test("gives a line if it fails, too", async () => {
    const lines = listen();
    await expect(sh("exit 3")).rejects.toThrow(CommandError);
    expect(lines.at(-1)).toMatch(/^sh failed after \d+ ms$/);
  });

  test.each([
    [["--eval", "a.nix"], "nix --eval a.nix"],
    [["it's"], String.raw`nix 'it'\''s'`],
    [["", "$HOME `x`"], "nix '' '$HOME `x`'"],
    [["a\nb"], "nix 'a b'"],
  ])("with the arguments %j is written in shell syntax", (args, line) => {
    expect(commandLine("nix", args)).toBe(line);
  });
});

test("a timed step returns its result, or throws its error", async () => {
  const lines = listen();
  expect(await debugTimed("reading", async () => 7)).toBe(7);
  await expect(debugTimed("writing", () => Promise.reject(new Error("full")))).rejects.toThrow("full");
  expect(lines.map((line) => line.replace(/\d+ ms/, "n ms"))).toEqual([
    "reading ended after n ms",
    "writing failed after n ms",
  ]);
});

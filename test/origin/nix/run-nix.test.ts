import { expect, test, vi } from "vitest";
import { CommandError } from "../../../origin/system/command.ts";
import { runNix } from "../../../origin/nix/run-nix.ts";
import { rejection } from "../fixtures.ts";

const { signal } = new AbortController();
const shell = (script: string) => ({ file: "/bin/sh", args: ["-c", script], env: { A: "b" } });

test("running a Nix program returns its output lines", async () => {
  expect(await runNix(shell('echo "$A"; echo c; echo log >&2'), signal)).toEqual(["b", "c"]);
});

test("a failure's message has the end of the log", async () => {
  const error = await rejection(runNix(shell("for i in $(/usr/bin/seq 25); do echo $i >&2; done; exit 1"), signal));
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({
    message: Array.from({ length: 20 }, (_, index) => String(index + 6)).join("\n"),
    cause: { message: "/bin/sh ended with exit code 1" },
  });
});

test("the message has no log lines if a listener got them", async () => {
  const onLog = vi.fn();
  expect(await rejection(runNix(shell("echo why >&2; exit 1"), signal, onLog))).toMatchObject({
    message: "/bin/sh ended with exit code 1",
  });
  expect(onLog.mock.calls).toEqual([["why"]]);
});

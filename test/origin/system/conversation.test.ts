import { expect, vi } from "vitest";
import { CommandError } from "../../../origin/system/command.ts";
import { startConversation } from "../../../origin/system/conversation.ts";
import { rejection, test } from "../fixtures.ts";

const ENV = { PATH: process.env["PATH"] ?? "" };

function talk(script: string, signal = new AbortController().signal) {
  return startConversation({ file: "sh", args: ["-c", script], env: ENV }, signal);
}

test("a program answers what it is asked", async () => {
  using echo = talk("cat");
  echo.write(Buffer.from("one two"));
  expect((await echo.read(3)).toString()).toBe("one");
  expect((await echo.read(4)).toString()).toBe(" two");
  echo.write(Buffer.from("three"));
  expect((await echo.read(5)).toString()).toBe("three");
});

test("an answer may come in pieces", async () => {
  using program = talk("printf a; sleep 0.05; printf b");
  expect((await program.read(2)).toString()).toBe("ab");
});

test("an answer that ends too early throws the last lines of the log", async () => {
  using program = talk("printf a; for i in $(seq 30); do echo line $i >&2; done; exit 1");
  const error = await rejection(program.read(2));
  expect(error).toBeInstanceOf(CommandError);
  expect(String(error)).toMatch(/^CommandError: line 11\n(line \d+\n)+line 30$/);
});

test("a program that says nothing is named", async () => {
  using program = talk("exit 0");
  expect(await rejection(program.read(1))).toMatchObject({ message: "sh ended with exit code 0 before its answer" });
});

test("a program that cannot start is named", async () => {
  using program = startConversation({ file: "/no/such/program", args: [], env: ENV }, new AbortController().signal);
  program.write(Buffer.from("a"));
  expect(await rejection(program.read(1))).toMatchObject({ message: "/no/such/program could not be started" });
});

test("an abort ends the program and throws its reason", async () => {
  const stop = new AbortController();
  using program = talk("sleep 1000", stop.signal);
  const reading = rejection(program.read(1));
  stop.abort(new Error("the origin stops"));
  expect(await reading).toMatchObject({ message: "the origin stops" });
});

test("the program ends with the conversation", async () => {
  let pid = 0;
  {
    using program = talk("printf '%8d' $$; exec sleep 1000");
    pid = Number(await program.read(8));
    expect(process.kill(pid, 0)).toBe(true);
  }
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"));
});

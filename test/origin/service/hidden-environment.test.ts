import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { secretMask } from "../../../origin/service/hidden-environment.ts";
import { until } from "../fixtures.ts";

const MODULE = join(import.meta.dirname, "../../../origin/service/hidden-environment.ts");
const SECRETS = {
  R2_SECRET_ACCESS_KEY: "very-secret-1",
  CORNICE_GIT_TOKEN: "very-secret-2",
  CORNICE_ORIGIN_SECRET: "",
};

/** A process that hides its secrets, runs a script, and waits. */
async function start(script: string) {
  const code = `import { hideSecrets } from ${JSON.stringify(MODULE)}; const hidden = hideSecrets(process.env); ${script}; setInterval(() => {}, 1000);`;
  const env = { PATH: process.env["PATH"] ?? "", LAST: "stays", ...SECRETS, ZZZ: "stays too" };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { env });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await until(() => printed.includes("\n") || child.exitCode !== null);
  const environ = await readFile(`/proc/${child.pid}/environ`, "latin1");
  child.kill("SIGKILL");
  await once(child, "exit");
  return { printed: printed.trim(), environ };
}

test("the settings keep the secrets, and /proc shows none of them", async () => {
  const { printed, environ } = await start("console.log(JSON.stringify(hidden))");
  expect(JSON.parse(printed)).toMatchObject({ settings: { ...SECRETS, ZZZ: "stays too" }, shown: [] });
  expect(environ).not.toContain("very-secret");
  expect(environ).toContain("LAST=stays\0");
  expect(environ).toContain("ZZZ=stays too\0");
});

test("child processes get no secrets", async () => {
  const { printed } = await start(
    'console.log((await import("node:child_process")).execFileSync("env").toString().replaceAll("\\n", " "))',
  );
  expect(printed).toContain("LAST=stays");
  expect(printed).not.toMatch(/very-secret|R2_SECRET_ACCESS_KEY|CORNICE_GIT_TOKEN/);
});

test("without secrets nothing changes", async () => {
  const { printed } = await start("console.log(JSON.stringify(hideSecrets({ PATH: '/bin' })))");
  expect(JSON.parse(printed)).toEqual({ settings: { PATH: "/bin" }, shown: [] });
});

describe("a mask", () => {
  test.each([
    ["a secret", { R2_SECRET_ACCESS_KEY: "very-secret" }, "key very-secret!", "key [secret]!"],
    ["each of several users", { CORNICE_USERS: "a:hash-1 b:hash-2" }, "b:hash-2", "[secret]"],
    [
      "a password of the second cache",
      { CORNICE_NIX_SUBSTITUTERS: "https://a.example https://u:passpass@b.example" },
      "passpass",
      "[secret]",
    ],
    ["a password as the URL has it", { CORNICE_PKGS_REPO: "https://u:pass%40word@h/" }, "pass%40word", "[secret]"],
    ["a password as it is sent", { CORNICE_FLAKE: "git+https://u:pass%40word@h/" }, "pass@word", "[secret]"],
    [
      "a secret that holds another one",
      { KV_API_TOKEN: "secret", R2_ACCESS_KEY_ID: "a-secret-b" },
      "a-secret-b",
      "[secret]",
    ],
  ])("replaces %s", (_, env, text, shown) => {
    expect(secretMask(env)(text)).toBe(shown);
  });

  test.each([
    [
      "the address of a repository",
      { CORNICE_PKGS_REPO: "https://git.example/pkgs" },
      "clone https://git.example/pkgs",
    ],
    ["another setting", { CORNICE_CHANNEL: "nixos-25.11" }, "nixos-25.11"],
    ["words, if the secret is too short", { CORNICE_GIT_TOKEN: "a" }, "a b"],
    ["everything, if there is no secret", {}, "a b"],
  ])("leaves %s", (_, env, text) => {
    expect(secretMask(env)(text)).toBe(text);
  });
});

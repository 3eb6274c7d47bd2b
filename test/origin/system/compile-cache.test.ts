import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { keepCompiledCode } from "../../../origin/system/compile-cache.ts";
import { test } from "../fixtures.ts";

test("the cache is in node_modules, in the same folder as npm start's", () => {
  const env: NodeJS.ProcessEnv = {};
  keepCompiledCode(env);
  expect(env["NODE_COMPILE_CACHE"]).toMatch(/\/node_modules\/\.cache\/node$/);
});

test("the operator's value stays", () => {
  const env = { NODE_COMPILE_CACHE: "/var/cache/cornice" };
  keepCompiledCode(env);
  expect(env).toEqual({ NODE_COMPILE_CACHE: "/var/cache/cornice" });
});

test("threads use a value that was set after the program's start", async ({ directory }) => {
  const cache = join(directory, "cache");
  await mkdir(cache);
  await writeFile(join(directory, "thread.ts"), "const answer: number = 42;\nconsole.log(answer);\n");
  const program = [
    'import { Worker } from "node:worker_threads";',
    `process.env.NODE_COMPILE_CACHE = ${JSON.stringify(cache)};`,
    'new Worker(new URL("./thread.ts", import.meta.url));',
  ];
  await writeFile(join(directory, "main.mjs"), program.join("\n"));
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, "main.mjs")], { env });
  expect(stdout).toBe("42\n");
  expect(await readdir(cache)).not.toEqual([]);
});

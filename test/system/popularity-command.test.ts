import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parsePopularity } from "../../origin/layers/popularity.ts";
import { test } from "../origin/fixtures.ts";

const SCRIPT = join(import.meta.dirname, "../../popularity/main.ts");
const INDEX = {
  groups: {
    libc6: { version: "2.36", dependencies: [] },
    "htop-group": { version: "3.2", dependencies: ["libc6"] },
  },
  attributes: {
    htop: { pname: "htop", version: "3.2", groups: ["htop-group"] },
    libc: { pname: "libc", version: "2.36", groups: ["libc6"] },
  },
};
const SHARES = { "htop-group": 0.5, htop: 0.5, libc: 0.5, libc6: 1 };

function run(...args: string[]): Promise<{ code: number | string | null | undefined; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

test("the folder of a starter set gives a popularity file", async ({ directory }) => {
  await writeFile(join(directory, "index.json"), JSON.stringify(INDEX));
  const { code, stdout, stderr } = await run(directory);
  expect([code, stderr]).toEqual([0, ""]);
  expect(Object.fromEntries(parsePopularity(stdout).packages)).toEqual(SHARES);
});

test("-o writes a file and prints nothing", async ({ directory }) => {
  const [index, output] = [join(directory, "index.json"), join(directory, "popularity.json")];
  await writeFile(index, JSON.stringify(INDEX));
  expect(await run(index, "-o", output)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(Object.fromEntries(parsePopularity(await readFile(output, "utf8")).packages)).toEqual(SHARES);
});

test("--help is an answer", async () => {
  expect(await run("--help")).toEqual({ code: 0, stdout: expect.stringContaining("npm run popularity"), stderr: "" });
});

describe("one line says what is wrong", () => {
  test.each([
    [[], "name one package set; see --help"],
    [["a", "b"], "name one package set; see --help"],
    [["a", "--bogus"], "Unknown option '--bogus'; see --help"],
    [["/nowhere"], '/nowhere is neither "starter" nor a starter set: ENOENT: no such file or directory, stat '],
    [[SCRIPT], `${SCRIPT} is not a starter set's index`],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout, stderr.trimEnd().split("\n").length]).toEqual([1, "", 1]);
    expect(stderr).toContain(`popularity: ${message}`);
  });
});

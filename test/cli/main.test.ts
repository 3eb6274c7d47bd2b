import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { RELEASE } from "../../protocol/release.ts";
import { containing } from "../matchers.ts";
import { test } from "../origin/fixtures.ts";

const SCRIPT = join(import.meta.dirname, "../../cli/main.ts");

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

test("--help prints the usage, and ends with 0", async () => {
  expect(await run(["--help"])).toEqual({ code: 0, stdout: containing("bin/cornice build NAME"), stderr: "" });
});

test("--version prints the version of the package", async () => {
  expect(await run(["--version"])).toEqual({ code: 0, stdout: `${RELEASE}\n`, stderr: "" });
});

test("wrong usage ends with 2, one line, and a hint at --help", async () => {
  expect(await run(["build", "git", "-o", "a", "--bogus"])).toEqual({
    code: 2,
    stdout: "",
    stderr: "cornice: Unknown option '--bogus'\nSee \"bin/cornice build --help\".\n",
  });
  expect((await run(["bild"])).stderr).toMatch(/\nSee "bin\/cornice --help"\.\n$/);
});

describe("an index", () => {
  const R2 = { R2_ENDPOINT: "", R2_BUCKET: "", R2_ACCESS_KEY_ID: "", R2_SECRET_ACCESS_KEY: "" };

  test("needs an output", async () => {
    const { code, stderr } = await run(["index"], R2);
    expect([code, stderr]).toEqual([
      2,
      "cornice: say where to write: -o FILE or -o -; " +
        "or set R2_ENDPOINT, R2_BUCKET, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY to upload it\n" +
        'See "bin/cornice index --help".\n',
    ]);
  });

  test("needs all settings of a bucket", async () => {
    const { code, stderr } = await run(["index"], { ...R2, R2_BUCKET: "b", R2_ENDPOINT: "x" });
    expect([code, stderr.trimEnd().split("\n")]).toEqual([
      1,
      [
        'cornice: R2_ENDPOINT is "x"; it must be an http or https URL',
        "cornice: R2_ACCESS_KEY_ID is not set: of an R2 API token that may read and write the bucket",
        "cornice: R2_SECRET_ACCESS_KEY is not set: of the same R2 API token",
      ],
    ]);
  });

  test("cannot replace a folder", async ({ directory }) => {
    const { code, stderr } = await run(["index", "-o", directory]);
    expect([code, stderr]).toEqual([1, `cornice: cannot write ${directory}: it is a folder\n`]);
  });
});

describe("warm", () => {
  const STORES = {
    R2_ENDPOINT: "http://127.0.0.1:1",
    R2_BUCKET: "b",
    R2_ACCESS_KEY_ID: "i",
    R2_SECRET_ACCESS_KEY: "k",
    KV_API_URL: "http://127.0.0.1:1",
    KV_NAMESPACE_ID: "n",
    KV_API_TOKEN: "t",
  };

  test("needs the stores of the registry", async () => {
    const unset = Object.fromEntries(Object.keys(STORES).map((name) => [name, ""]));
    const { code, stderr } = await run(["warm", "a.txt"], unset);
    expect([code, stderr.split("\n").length]).toEqual([1, Object.keys(STORES).length + 1]);
    for (const name of Object.keys(STORES)) expect(stderr).toContain(`cornice: ${name} is not set: `);
  });

  test.each([
    [["/nowhere"], {}, "cannot read the list: ENOENT: no such file or directory, open '/nowhere'"],
    [["/dev/null"], {}, "/dev/null names no image; write one a line, such as shell/git"],
    [["/dev/zero"], {}, "/dev/zero has more than 4194304 bytes; divide it"],
    [["--popular", "3"], {}, "--popular needs CORNICE_POPULARITY_URL: a file or URL with shares"],
    [
      ["--popular", "3"],
      { CORNICE_POPULARITY_URL: "/nowhere" },
      "CORNICE_POPULARITY_URL: file:///nowhere cannot be used: ENOENT: no such file or directory, open '/nowhere'",
    ],
  ])("%j %j", async (args, env, message) => {
    const { code, stdout, stderr } = await run(["warm", ...args], { ...STORES, CORNICE_POPULARITY_URL: "", ...env });
    expect([code, stdout, stderr.split("\n")[0]]).toEqual([1, "", `cornice: ${message}`]);
  });
});

describe("popularity", () => {
  test.each([
    [
      ["/nowhere"],
      "cannot read /nowhere as the folder of a starter set (other sources: starter, channel:…, git:…, flake:…, path:…): ENOENT: no such file or directory, stat '/nowhere'",
    ],
    [[SCRIPT], `${SCRIPT} is not a starter set's index`],
    [["starter", "--packages", "git,Git"], '--packages has "Git", which is not a package name'],
    [["starter", "--packages", "shell"], '--packages has "shell", which is not a package name'],
    [["starter", "--packages", ", ,"], "--packages names no package"],
    [["starter", "--packages", "/nowhere"], "cannot read: ENOENT: no such file or directory, open '/nowhere'"],
    [["starter", "-o", "/nowhere/a"], "cannot write /nowhere/a: ENOENT: no such file or directory, access '/nowhere'"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await run(["popularity", ...args]);
    expect([code, stdout, stderr]).toEqual([1, "", `cornice: ${message}\n`]);
  });
});

describe("a call that fails ends with 1", () => {
  test("and one line", async ({ directory }) => {
    const path = join(directory, "none.tar");
    const { code, stdout, stderr } = await run(["inspect", path]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(`cornice: cannot read ${path}: ENOENT: no such file or directory, stat '${path}'\n`);
  });

  test("and, with --json, an event with the same message", async ({ directory }) => {
    const path = join(directory, "none.tar");
    const { code, stdout, stderr } = await run(["inspect", path, "--json"]);
    const message = stderr.replace("cornice: ", "").trimEnd();
    expect([code, JSON.parse(stdout)]).toEqual([1, { event: "error", code: "FAILED", message }]);
  });

  test("and every wrong setting of the package source", async ({ directory }) => {
    const env = { XDG_CACHE_HOME: directory, CORNICE_PKGS_PATH: "relative" };
    const { code, stderr } = await run(["inspect", "git"], env);
    expect([code, stderr]).toEqual([
      1,
      'cornice: prepare\ncornice: CORNICE_PKGS_PATH is "relative"; it must be an absolute path\n',
    ]);
  });
});

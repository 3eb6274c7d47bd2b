import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePopularity } from "../../image/layers/popularity.ts";
import { objectOf } from "../json.ts";
import { containing } from "../matchers.ts";
import { writeTree } from "../origin/fixtures.ts";
import { createRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { output, processesWith, run } from "./program.ts";
import { REPOSITORY, testPackages } from "./registry.ts";
import { SYSTEM } from "./source-pull.ts";

const PROGRAM = join(REPOSITORY, "bin/cornice");
const STOP_LIMIT_MS = 5000;
/** No package source and no downloads. Builders use this machine's shell. */
const ALONE = {
  CORNICE_CHANNEL: "",
  CORNICE_PKGS_REPO: "",
  CORNICE_FLAKE: "",
  CORNICE_PKGS_PATH: "",
  CORNICE_NIX_SANDBOX: "false",
  CORNICE_NIX_SUBSTITUTERS: "",
};

let directory: string;
let salt: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-popularity-"));
  salt = randomUUID();
});

afterAll(() => removeFolder(directory));

function environment(settings: Readonly<Record<string, string>> = {}) {
  return { ...process.env, ...ALONE, XDG_CACHE_HOME: join(directory, "cache"), ...settings };
}

function popularity(args: readonly string[], settings?: Readonly<Record<string, string>>) {
  return run(PROGRAM, ["popularity", ...args], { env: environment(settings), cwd: directory });
}

function sharesIn(json: string): Record<string, number> {
  return Object.fromEntries(parsePopularity(json).packages);
}

/** `app` needs `library`, and `library` needs `base`. Every name has a version. Some attributes cannot be counted. */
function packageSet(builder = "/bin/sh"): string {
  return `let
    build = name: script: derivation {
      inherit name; salt = "${salt}"; system = "${SYSTEM}"; builder = "${builder}";
      args = [ "-c" "PATH=/usr/bin:/bin; \${script} exit 0" ];
    };
  in rec {
    base = build "base-1.0" "echo $salt > $out;";
    library = build "library-2.1-lib" "echo \${base} > $out;";
    App = build "app-3" "echo \${library} > $out;";
    same = App;
    nested = { recurseForDerivations = true; Tool = build "tool-1" "echo \${base} > $out;"; };
    fails = build "fails-1" "echo no; exit 1;";
    needs-it = build "needs-it-1" "echo \${fails} > $out;";
    throws = throw "on purpose";
    text = "no package";
  }`;
}

const SHARES = { app: 0.4, base: 1, "library-lib": 0.6, tool: 0.2 };

describe("of a folder", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await writeTree(join(directory, "set"), { "default.nix": packageSet() });
  });

  it("counts the closures of all packages that can be built", async () => {
    const { code, stdout, stderr } = await popularity([`path:${folder}`]);
    expect([code, sharesIn(stdout)]).toEqual([0, SHARES]);
    expect(stderr).toMatch(/\ncornice: evaluate\n/);
    expect(stderr).toMatch(/^fails is left out: building fails failed: builder for fails-1 failed with exit code 1$/m);
    expect(stderr).toMatch(/^needs-it is left out: /m);
    expect(stderr).toMatch(
      new RegExp(`\n-: 4 packages in 5 closures, 2 attributes left out; path:${folder} at unversioned\n$`),
    );
  });

  it("of the configured source, too, into a file, with JSON events; builds nothing again", async () => {
    const args = ["-o", "shares.json", "--json"];
    const { code, stdout } = await popularity(args, { CORNICE_PKGS_PATH: folder, CORNICE_SOURCE_NAME: "team" });
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => objectOf(line));
    expect(code).toBe(0);
    expect(events.filter(({ line }) => typeof line === "string" && line.startsWith("building"))).toEqual([
      { event: "log", line: containing("fails-1") },
      { event: "log", line: containing("fails-1") },
      { event: "log", line: containing("fails-1") },
    ]);
    expect(events.findLast(({ event, phase }) => event === "progress" && phase === "realise")).toEqual({
      event: "progress",
      phase: "realise",
      done: 7,
      total: 7,
      unit: "attributes",
    });
    expect(events.at(-1)).toEqual({
      event: "popularity",
      source: "team",
      revision: "unversioned",
      packages: 4,
      attributes: 5,
      failures: 2,
      place: "shares.json",
    });
    expect(sharesIn(await readFile(join(directory, "shares.json"), "utf8"))).toEqual(SHARES);
    expect((await readdir(directory)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("counts only the packages of --packages", async () => {
    const named = await popularity([`path:${folder}`, "--packages", "base,nested.tool,base,throws,basf"]);
    expect([named.code, sharesIn(named.stdout)]).toEqual([0, { base: 1, tool: 0.5 }]);
    expect(named.stderr).toMatch(/^throws is left out: /m);
    expect(named.stderr).toMatch(/^basf is left out: no such package: basf; did you mean base\?$/m);
    await writeFile(join(directory, "names"), "app\nnested.tool, base\n");
    const { stdout } = await popularity([`path:${folder}`, "--packages", "./names"]);
    expect(sharesIn(stdout)).toEqual({ app: 0.3333, base: 1, "library-lib": 0.3333, tool: 0.3333 });
  });

  it("fails if no package can be counted", async () => {
    const { code, stdout, stderr } = await popularity([`path:${folder}`, "--packages", "throws"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`\ncornice: path:${folder} has no package to count\n`);
  });

  it("counts more packages than one batch, even if one of them fails", async () => {
    const many = await writeTree(join(directory, "many"), {
      "default.nix": `let
        build = i: derivation {
          name = "p\${toString i}-1"; salt = "${salt}"; system = "${SYSTEM}"; builder = "/bin/sh";
          args = [ "-c" (if i == 20 then "exit 1" else "echo $salt > $out") ];
        };
      in builtins.listToAttrs (builtins.genList (i: { name = "p\${toString i}"; value = build i; }) 40)`,
    });
    const { code, stdout, stderr } = await popularity([`path:${many}`]);
    expect([code, Object.keys(sharesIn(stdout)).length]).toEqual([0, 39]);
    expect(stderr).toContain("39 packages in 39 closures, 1 attribute left out");
  });
});

it("of a git repository, at its HEAD, and of a flake in it", async () => {
  const repository = await createRepository(directory);
  const { url } = repository;
  const head = await repository.commit(
    {
      "default.nix": packageSet(),
      "flake.nix": `{ outputs = { self }: { packages.${SYSTEM}.App = (import ./default.nix).App; }; }`,
    },
    "main",
  );
  const git = await popularity([`git:${url}`, "--packages", "app"]);
  expect([git.code, sharesIn(git.stdout)]).toEqual([0, { app: 1, base: 1, "library-lib": 1 }]);
  expect(git.stderr).toContain(`; git:${url} at ${head}\n`);
  const flake = await popularity([`flake:git+${url}`]);
  expect([flake.code, sharesIn(flake.stdout)]).toEqual([0, { app: 1, base: 1, "library-lib": 1 }]);
});

describe("of the starter set, from its index, without a build", () => {
  it("as it is now", async () => {
    const { code, stdout, stderr } = await popularity([]);
    expect(code).toBe(0);
    expect(sharesIn(stdout)["libc6"]).toBeGreaterThan(0.9);
    expect(stderr).toMatch(/\n-: \d+ packages in \d{3} closures; starter at [0-9a-f]{64}\n$/);
    // The argument wins over the settings.
    expect((await popularity(["starter"], { CORNICE_PKGS_PATH: "/nowhere" })).stdout).toBe(stdout);
  });

  it("from an earlier folder or index", async () => {
    const index = {
      groups: {
        libc6: { version: "2.36", dependencies: [] },
        "htop-group": { version: "3.2", dependencies: ["libc6"] },
      },
      attributes: {
        htop: { pname: "htop", version: "3.2", groups: ["htop-group"] },
        Libc: { pname: "libc", version: "2.36", groups: ["libc6"] },
      },
    };
    await writeTree(join(directory, "starter"), { "index.json": JSON.stringify(index) });
    const { code, stdout, stderr } = await popularity(["starter"].map((name) => join(directory, name)));
    expect([code, sharesIn(stdout)]).toEqual([0, { "htop-group": 0.5, htop: 0.5, libc: 0.5, libc6: 1 }]);
    expect(stderr).toBe("cornice: write\n-: 4 packages in 2 closures; starter\n");
    const some = await popularity(["./starter/index.json", "--packages", "libc,lib"]);
    expect(sharesIn(some.stdout)).toEqual({ libc: 1, libc6: 1 });
    expect(some.stderr).toContain("lib is left out: no such package: lib\n");
  });
});

it("when stopped, ends within five seconds, with all processes that it started", async () => {
  const set = await writeTree(join(directory, "endless"), {
    "default.nix": `{ waits = derivation { name = "waits"; salt = "${salt}"; system = "${SYSTEM}"; builder = "/bin/sh";
      args = [ "-c" "PATH=/usr/bin:/bin; sleep 87654" ]; }; }`,
  });
  const child = spawn(PROGRAM, ["popularity", `path:${set}`], { env: environment(), cwd: directory, stdio: "ignore" });
  const ended = once(child, "close");
  await expect.poll(() => processesWith("sleep 87654"), { timeout: 30_000 }).not.toEqual([]);
  const began = Date.now();
  child.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(Date.now() - began).toBeLessThan(STOP_LIMIT_MS);
  expect(await processesWith("sleep 87654")).toEqual([]);
  expect((await readdir(join(directory, "cache/cornice"))).filter((name) => name.startsWith("closure-"))).toEqual([]);
});

it("npm run popularity runs the same command", async () => {
  const help = await output("npm", ["run", "--silent", "popularity", "--", "--help"], { cwd: REPOSITORY });
  expect(help).toContain("cornice popularity [SOURCE]");
  const { code, stderr } = await run("npm", ["run", "--silent", "popularity", "--", "path:relative"], {
    env: environment(),
    cwd: REPOSITORY,
  });
  expect([code, stderr]).toEqual([
    1,
    'cornice: prepare\ncornice: CORNICE_PKGS_PATH is "relative"; it must be an absolute path\n',
  ]);
});

it("uses the package source of the settings", async () => {
  const set = join(directory, "test-packages");
  await writeTree(set, {});
  const settings = await testPackages(set, salt);
  const { code, stdout } = await popularity(["--packages", "hello,world,nested.deep.thing"], settings);
  expect([code, sharesIn(stdout)]).toEqual([0, { hello: 0.6667, thing: 0.3333, world: 0.3333 }]);
});

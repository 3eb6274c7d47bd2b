import { join } from "node:path";
import { describe, expect } from "vitest";
import { GIT_PROGRAMS } from "../../../origin/isolation/environments.ts";
import { matching } from "../../matchers.ts";
import { rejection, test, writeTree } from "../../origin/fixtures.ts";
import { CommandError } from "../../../origin/system/command.ts";
import { runNix } from "../../../origin/nix/run-nix.ts";

const FOREIGN = "/pkgs/repository";

async function git(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const variables = {
    PATH: GIT_PROGRAMS,
    HOME: home,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    ...env,
  };
  const command = { file: join(GIT_PROGRAMS, "git"), args, env: variables };
  return runNix(command, new AbortController().signal);
}

const init = (home: string, repository: string) => git(home, ["init", "--quiet", "--bare", repository]);

test("the system's git runs, although PATH has only our folder", async ({ directory }) => {
  expect(await git(directory, ["--version"])).toEqual([matching(/^git version /)]);
});

describe("a repository that Nix keeps is opened", () => {
  test.for([
    ["in the home", ".cache/nix/gitv3/x", {}],
    ["in the cache folder", "cache/nix/gitv3/x", { XDG_CACHE_HOME: "cache" }],
    ["in a folder of Nix for temporary files", "tmp/nix-1-2/x", { TMPDIR: "tmp" }],
  ] as const)("%s", async ([, path, folders], { directory }) => {
    const repository = join(directory, path);
    await writeTree(directory, { [`${path}/`]: "" });
    await init(directory, repository);
    const env = Object.fromEntries(Object.entries(folders).map(([name, folder]) => [name, join(directory, folder)]));
    for (const given of [
      ["-C", repository],
      ["-C", repository, "--git-dir", "."],
      ["--git-dir", repository],
      [`--git-dir=${repository}`],
    ])
      expect(await git(directory, [...given, "rev-parse", "--is-bare-repository"], env)).toEqual(["true"]);
  });
});

describe("any other repository is refused", () => {
  const refused: readonly (readonly string[])[] = [
    ["-C", FOREIGN, "status"],
    ["--git-dir", FOREIGN, "status"],
    ["-C", FOREIGN, "--git-dir", ".", "status"],
    [`--git-dir=${FOREIGN}`, "status"],
    ["--work-tree", FOREIGN, "status"],
    [`--work-tree=${FOREIGN}`, "status"],
    ["-c", "a.b=c", "-C", FOREIGN, "status"],
  ];

  test.for(refused)("%s %s", async (args, { directory }) => {
    const error = await rejection(git(directory, args));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      message: `git opens no repository of a package source: ${FOREIGN}`,
      cause: { message: matching(/ ended with exit code 128$/) },
    });
  });

  test.for([
    "",
    ".",
    ".cache/nix/x",
    "/",
    "/tmp/nix",
    "HOME/.cache/nix",
    "HOME/.cache/nix/../../pkgs",
    "HOME/.cache/nixpkgs",
  ])("even if its path looks like one of Nix's: %j", async (name, { directory }) => {
    const path = name.replace("HOME", directory);
    expect(await rejection(git(directory, ["-C", path, "status"]))).toMatchObject({
      message: `git opens no repository of a package source: ${path}`,
    });
  });
});

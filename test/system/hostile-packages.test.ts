import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathExists } from "../../origin/system/path-exists.ts";
import { matching } from "../matchers.ts";
import { writeTree } from "../origin/fixtures.ts";
import { createRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { newerNix } from "./newer-nix.ts";
import { output } from "./program.ts";
import { serveChannel } from "./channel.ts";
import { pullAsOrdinaryUser } from "./ordinary-user.ts";
import { derivation, pullEach, pullFromSource, type PullOutcome, SYSTEM } from "./source-pull.ts";

const SECRET = `secret-${randomUUID()}`;
const REAL_SYSTEM_PATH = "/usr/bin:/bin";

let directory: string;
/** A file outside of every source, and its copy in the Nix store. */
let outside: string;
let stored: string;
/** An archive of a repository. The repository's configuration makes git run a program that writes `mark`. */
let trap: { readonly archive: string; readonly hash: string; readonly mark: string };

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-hostile-"));
  outside = join(await writeTree(join(directory, "outside"), { secret: SECRET }), "secret");
  stored = (await output("nix-store", ["--add", outside])).trim();
  // Every user can write a mark here, so that no attack fails only for lack of permission.
  await mkdir(join(directory, "marks"));
  await chmod(join(directory, "marks"), 0o777);
  trap = await makeTrap();
});

afterAll(() => removeFolder(directory));

async function makeTrap() {
  const mark = join(directory, "marks/git-ran-a-program");
  const tree = await writeTree(join(directory, "trap"), { text: "x", ".gitattributes": "* filter=trap" });
  const git = (...args: string[]) => output("git", ["-C", tree, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "x");
  const program = `sh -c 'id > ${mark}; cat'`;
  await git("config", "core.fsmonitor", `${program}; false`);
  for (const filter of ["clean", "smudge"]) await git("config", `filter.trap.${filter}`, program);
  const archive = join(directory, "trap.tar.gz");
  await output("tar", ["--create", "--gzip", "--file", archive, "--directory", directory, "trap"]);
  const hash = await output("nix-prefetch-url", ["--unpack", `file://${archive}`]);
  await rm(mark, { force: true });
  return { archive, hash: hash.trim().split("\n").at(-1) ?? "", mark };
}

interface Attack {
  readonly title: string;
  /** A package that attacks. A successful attack creates the file `mark`. */
  readonly text: (mark: string) => string;
  readonly refusal: RegExp;
}

/** A set of attributes that claims to be a package. `fields` may refer to an honest package. */
const made = (fields: string) => `
  let honest = ${derivation("honest", '"honest"')};
  in { type = "derivation"; name = "evil"; system = "${SYSTEM}"; outputName = "out"; inherit (honest) drvPath outPath; }
    // { ${fields} }`;

/** A package with the result of an expression. To get the result, evaluation must fetch or run something. */
const fetched = (text: string) => derivation("evil", text);

const WRONG_VALUE = /the package set gives .* instead of (?:a derivation|a name|a store path)/;
const MISMATCH = /a package claims to be .*, but its derivation gives/;
const REFUSED =
  /forbidden in|No such file|does not exist|locked|pure|disabled|missing|flakes|opens no repository|cannot|not available/;

const attacks: readonly Attack[] = [
  {
    title: "an option of Nix's in the path of its derivation",
    text: (mark) => {
      const script = `"-c" "id > ${mark}; cat /proc/[0-9]*/environ >> ${mark}; echo > $out"`;
      const real = `derivation { name = "real-${randomUUID()}"; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ ${script} ]; }`;
      const path = "--option,sandbox,false,${builtins.unsafeDiscardStringContext real.drvPath}";
      return `let real = ${real}; in { type = "derivation"; name = "evil"; system = "${SYSTEM}"; outputName = "out";
        inherit (real) outPath; drvPath = "${path}"; }`;
    },
    refusal: WRONG_VALUE,
  },
  {
    title: "another store path in the name of its output",
    text: () => made(`outputName = "out,${stored}";`),
    refusal: WRONG_VALUE,
  },
  {
    title: "a line end in the name of its output",
    text: () => made(`outputName = "out\\n${stored}";`),
    refusal: WRONG_VALUE,
  },
  {
    title: "a space in its derivation",
    text: () => made(`drvPath = "\${honest.drvPath} ${stored}";`),
    refusal: WRONG_VALUE,
  },
  { title: "a store path that is no derivation", text: () => made(`drvPath = "${stored}";`), refusal: WRONG_VALUE },
  { title: "a path outside of the store", text: () => made(`outPath = "${outside}";`), refusal: WRONG_VALUE },
  { title: "a path above the store", text: () => made(`outPath = "/nix/store/../../etc";`), refusal: WRONG_VALUE },
  { title: "another store path as its output", text: () => made(`outPath = "${stored}";`), refusal: MISMATCH },
  { title: "no text for its output", text: () => made("outPath = 1;"), refusal: WRONG_VALUE },
  {
    title: "control characters in a name",
    text: () => made('outputName = builtins.fromJSON "\\"out\\\\u001b[2J\\"";'),
    refusal: WRONG_VALUE,
  },
  {
    title: "a repository whose configuration names a program",
    text: () => {
      const tree = `builtins.fetchTarball { url = "file://\${toString ./trap.tar.gz}"; sha256 = "${trap.hash}"; }`;
      return fetched(`builtins.readFile ((builtins.fetchGit { url = ${tree}; }) + "/text")`);
    },
    refusal: REFUSED,
  },
  {
    title: "a repository by a file URL",
    text: () => fetched('builtins.readFile ((builtins.fetchGit { url = "file://${toString ./.}"; }) + "/text")'),
    refusal: REFUSED,
  },
  {
    title: "fetchTree of a path, where the machine's configuration has it",
    text: () => {
      const tree = `builtins.fetchTree { type = "path"; path = "${directory}/outside"; }`;
      return fetched(`builtins.readFile ((${tree}) + "/secret")`);
    },
    refusal: REFUSED,
  },
  {
    title: "a program that native code may run, where the machine's configuration lets it",
    text: (mark) => fetched(`builtins.exec [ "touch" "${mark}" ]`),
    refusal: REFUSED,
  },
];

/** A user's Nix configuration that switches on everything that evaluation must not have. */
const MACHINE_CONFIGURATION = [
  "experimental-features = nix-command flakes fetch-tree fetch-closure",
  "extra-experimental-features = nix-command flakes",
  "allow-unsafe-native-code-during-evaluation = true",
  "allow-import-from-derivation = true",
  "extra-allowed-uris = file:/// http:// https:// path: /",
  "allowed-uris = file:/// http:// https:// path: /",
  "restrict-eval = false",
  "pure-eval = false",
  "sandbox = false",
].join("\n");

async function filesOf(set: string): Promise<string> {
  const tree = await writeTree(join(directory, randomUUID()), { "default.nix": set });
  await writeFile(join(tree, "trap.tar.gz"), await readFile(trap.archive));
  return tree;
}

const sources: Readonly<Record<string, (set: string) => Promise<Record<string, string>>>> = {
  "a path": async (set) => ({ CORNICE_PKGS_PATH: await filesOf(set) }),
  "a git repository": async (set) => {
    const repository = await createRepository(directory, `${randomUUID()}.git`);
    await repository.git("--work-tree", await filesOf(set), "add", "--all");
    const tree = await repository.git("write-tree");
    await repository.git("update-ref", "refs/heads/main", await repository.git("commit-tree", "-m", "x", tree));
    return { CORNICE_PKGS_REPO: repository.url };
  },
  "a flake": async (set) => {
    const tree = await filesOf(set);
    await writeFile(join(tree, "flake.nix"), `{ outputs = { self }: { packages.${SYSTEM} = import ./default.nix; }; }`);
    return { CORNICE_FLAKE: tree };
  },
  "a channel": async (set) => serveChannel(await filesOf(set), directory),
};

type User = keyof typeof users;

/** Each version of Nix, and the users that try it. One user for each newer version is enough, and saves a minute. */
const versions: readonly (readonly [name: string, path: () => Promise<string>, users: readonly User[]])[] = [
  ["this machine's Nix", async () => REAL_SYSTEM_PATH, ["root", "an ordinary user"]],
  // As in a container without user namespaces.
  ["this machine's Nix, without a jail", withoutJail, ["root", "an ordinary user"]],
  ["Debian 13's Nix", async () => [await newerNix("trixie"), REAL_SYSTEM_PATH].join(delimiter), ["root"]],
  ["Debian sid's Nix", async () => [await newerNix("sid"), REAL_SYSTEM_PATH].join(delimiter), ["an ordinary user"]],
];

/** A PATH with Nix and git, and without bubblewrap. */
async function withoutJail(): Promise<string> {
  const folder = join(directory, "programs");
  await mkdir(folder);
  for (const name of ["nix-instantiate", "git"]) await symlink(join("/usr/bin", name), join(folder, name));
  return folder;
}

const users = { root: pullEach, "an ordinary user": pullAsOrdinaryUser } as const;

async function environment(path: string): Promise<Record<string, string>> {
  const home = join(directory, `home-${randomUUID()}`);
  await mkdir(join(home, ".config/nix"), { recursive: true });
  await writeFile(join(home, ".config/nix/nix.conf"), MACHINE_CONFIGURATION);
  await writeFile(join(home, ".gitconfig"), "[safe]\n\tdirectory = *\n");
  return { PATH: path, HOME: home };
}

const nameOf = (index: number) => `evil${index}`;

describe.each(versions)("with %s", (_name, nixPath, triedBy) => {
  let path: string;

  beforeAll(async () => {
    path = await nixPath();
  });

  describe.each(triedBy)("as %s", (user) => {
    const pull = users[user];

    describe.each(Object.entries(sources))("a package of %s", (_source, write) => {
      let outcomes: readonly PullOutcome[];
      let mark: string;

      beforeAll(async () => {
        mark = join(directory, "marks", randomUUID());
        const packages = attacks.map(({ text }, index) => `${nameOf(index)} = (${text(`${mark}-${index}`)});`);
        const settings = await write(`{ ${packages.join("\n")} }`);
        const options = { directory, env: { ...(await environment(path)), ...settings }, name: "", sandbox: false };
        outcomes = await pull(
          options,
          attacks.map((__, index) => nameOf(index)),
        );
      });

      it.each(attacks.map(({ title, refusal }, index) => [title, index, refusal] as const))(
        "gains nothing by %s",
        async (___, index, refusal) => {
          const outcome = outcomes[index];
          const error = outcome && "error" in outcome ? outcome.error : undefined;
          expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: matching(refusal) });
          expect(String(error)).not.toContain(SECRET);
          expect(await Promise.all([`${mark}-${index}`, trap.mark].map(pathExists))).toEqual([false, false]);
        },
      );
    });
  });

  it("a builder without a sandbox cannot see other processes", async () => {
    const bystander = spawn("sleep", ["120"], { env: { PATH: REAL_SYSTEM_PATH, BYSTANDER: SECRET } });
    const script =
      'for file in /proc/[0-9]*/environ; do cat $file 2>/dev/null; done >$out; id -u >>$out; echo "" >>$out';
    const name = `spy-${randomUUID()}`;
    const spy = `derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; PATH = "${REAL_SYSTEM_PATH}"; args = [ "-c" ${JSON.stringify(script)} ]; }`;
    const settings = await sources["a path"]?.(`{ spy = ${spy}; }`);
    const { packages } = await pullFromSource({ directory, env: { PATH: path, ...settings }, name: "spy" });
    bystander.kill();
    const seen = await readFile(packages[0]?.path ?? "", "utf8");
    expect(seen).not.toContain(SECRET);
    expect(seen.trim().split("\n").at(-1)).not.toBe("0");
  });
});

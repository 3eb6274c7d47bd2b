import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, realpath, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { matching } from "../matchers.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { createRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { newerNix } from "./newer-nix.ts";
import { output } from "./program.ts";
import { derivation, pullEach, pullFromSource, type PullOutcome, SYSTEM } from "./source-pull.ts";

const SECRET = `secret-${randomUUID()}`;

let directory: string;
let outside: string;
let elsewhere: string;
let stored: string;
let server: Server;
const requests: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-sources-"));
  await writeTree(join(directory, "outside"), { secret: SECRET, "default.nix": `"${SECRET}"` });
  outside = join(directory, "outside");
  stored = (await output("nix-store", ["--add", join(outside, "secret")])).trim();
  server = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.end("fetched");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  elsewhere = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/elsewhere`;
});

afterAll(async () => {
  server.close();
  await removeFolder(directory);
});

function pull(
  env: Readonly<Record<string, string>>,
  name: string,
  nix: { readonly allowedUris?: string; readonly allowIfd?: boolean } = {},
) {
  return pullFromSource({ directory, env, name, ...nix });
}

/** Expressions that read text outside of the package source, and Nix's error for each. */
const waysIn: readonly [title: string, text: (outside: string, elsewhere: string) => string, refusal: RegExp][] = [
  ["a file outside", (file) => `builtins.readFile ${file}/secret`, /forbidden in/],
  ["a file above", () => "builtins.readFile ../outside/secret", /forbidden in|does not exist/],
  ["a file behind a symbolic link", () => "builtins.readFile ./link", /forbidden in|does not exist/],
  ["a folder outside", (file) => `toString (builtins.attrNames (builtins.readDir ${file}))`, /forbidden in/],
  ["an expression outside", (file) => `import ${file}/default.nix`, /forbidden in/],
  ["a copy of a file outside", (file) => `"\${${file}/secret}"`, /forbidden in/],
  ["builtins.path", (file) => `builtins.path { path = ${file}/secret; name = "x"; }`, /forbidden in/],
  ["the environment of the process", () => "builtins.readFile /proc/self/environ", /forbidden in/],
  ["another path of the Nix store", () => `builtins.readFile ${stored}`, /forbidden in/],
  ["a file by a URL", (file) => `builtins.readFile (builtins.fetchurl "file://${file}/secret")`, /forbidden in|pure/],
  ["an archive by a URL", (file) => `builtins.fetchTarball "file://${file}/secret"`, /forbidden in|pure/],
  ["a channel of this machine", () => "toString <nixpkgs>", /not found in|was not found|cannot look up/],
  [
    "builtins.fetchurl",
    (_, url) => `builtins.fetchurl "${url}"`,
    /forbidden in restricted mode|requires a 'sha256'|locked|pure/,
  ],
  [
    "builtins.fetchurl with a hash",
    (_, url) => `builtins.fetchurl { url = "${url}"; sha256 = "${"0".repeat(52)}"; }`,
    /access to URI .* is forbidden in restricted mode/,
  ],
  [
    "builtins.fetchTarball with a hash",
    (_, url) => `builtins.fetchTarball { url = "${url}.tar.gz"; sha256 = "${"0".repeat(52)}"; }`,
    /access to URI .* is forbidden in restricted mode/,
  ],
  [
    "builtins.fetchGit",
    (file) => `builtins.readFile ((builtins.fetchGit { url = "file://${file}/../pkgs.git"; ref = "main"; }) + "/text")`,
    /forbidden in|locked|pure/,
  ],
  [
    "import from derivation",
    () => `import (${derivation("ifd.nix", '"\\"built\\""')})`,
    /allow-import-from-derivation/,
  ],
];

const sources = {
  "a git repository": async (set: string, link: string) => {
    const repository = await createRepository(directory, `${randomUUID()}.git`);
    const tree = await writeTree(join(directory, randomUUID()), { "default.nix": set });
    await symlink(link, join(tree, "link"));
    await repository.git("--work-tree", tree, "add", "--all");
    const hash = await repository.git("write-tree");
    await repository.git("update-ref", "refs/heads/main", await repository.git("commit-tree", "-m", "x", hash));
    return { CORNICE_PKGS_REPO: repository.url };
  },
  "a path": async (set: string, link: string) => {
    const path = await writeTree(join(directory, randomUUID()), { "default.nix": set });
    await symlink(link, join(path, "link"));
    return { CORNICE_PKGS_PATH: path };
  },
  "a flake": async (set: string, link: string) => {
    const text = `{ outputs = { self }: { packages.${SYSTEM} = ${set}; }; }`;
    const path = await writeTree(join(directory, randomUUID()), { "flake.nix": text });
    await symlink(link, join(path, "link"));
    return { CORNICE_FLAKE: path };
  },
} as const;

describe.each(Object.entries(sources))("the code of %s", (_, write) => {
  it.each(waysIn)("cannot read %s", async (__, text, refusal) => {
    const set = `{ leak = ${derivation("leak", text(outside, elsewhere))}; }`;
    const before = requests.length;
    const error = await rejection(pull(await write(set, join(outside, "secret")), "leak"));
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: matching(refusal) });
    expect(String(error)).not.toContain(SECRET);
    expect(requests.slice(before)).toEqual([]);
  });

  it("gets no variable of the environment", async () => {
    const text = 'builtins.getEnv "HOME" + builtins.getEnv "PATH" + builtins.getEnv "CORNICE_GIT_TOKEN"';
    const set = `{ empty = assert (${text}) == ""; ${derivation("empty", '"empty"')}; }`;
    expect((await pull(await write(set, outside), "empty")).packages).toMatchObject([{ attribute: "empty" }]);
  });

  it("reads its own files", async () => {
    const set = `{ own = ${derivation("own", "toString (builtins.attrNames (builtins.readDir ./.))")}; }`;
    expect((await pull(await write(set, "default.nix"), "own")).packages).toMatchObject([{ attribute: "own" }]);
  });
});

/** Each version tries one kind of source, all ways with one isolation. The other kinds differ in no version so far. */
describe.each([
  ["trixie", "a path"],
  ["sid", "a flake"],
] as const)("with the Nix of Debian %s, the code of %s", (suite, kind) => {
  let outcomes: readonly PullOutcome[];
  const names = waysIn.map((_, index) => `leak${index}`);

  beforeAll(async () => {
    const packages = waysIn.map(([, text], index) => `leak${index} = ${derivation("leak", text(outside, elsewhere))};`);
    const env = await sources[kind](`{ ${packages.join("\n")} }`, join(outside, "secret"));
    const PATH = [await newerNix(suite), "/usr/bin", "/bin"].join(delimiter);
    requests.length = 0;
    outcomes = await pullEach({ directory, env: { ...env, PATH }, name: "" }, names);
  });

  it.each(waysIn.map(([title, , refusal], index) => [title, index, refusal] as const))(
    "cannot read %s",
    (_, index, refusal) => {
      const outcome = outcomes[index];
      const error = outcome && "error" in outcome ? outcome.error : undefined;
      expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: matching(refusal) });
      expect(String(error)).not.toContain(SECRET);
      expect(requests).toEqual([]);
    },
  );
});

describe("the operator can allow", () => {
  const path = async (text: string) => ({
    CORNICE_PKGS_PATH: await writeTree(join(directory, randomUUID()), {
      "default.nix": `{ hello = ${derivation("hello", text)}; }`,
    }),
  });

  it("import from derivation", async () => {
    const env = await path(`import (${derivation("ifd.nix", '"\\\\\\"built\\\\\\""')})`);
    expect((await pull(env, "hello", { allowIfd: true })).packages).toHaveLength(1);
  });

  it("fetching", async () => {
    const env = await path(`builtins.readFile (builtins.fetchurl "${elsewhere}")`);
    const allowedUris = elsewhere.replace(/elsewhere$/, "");
    expect((await pull(env, "hello", { allowedUris })).packages).toHaveLength(1);
    expect(requests).toContain("/elsewhere");
  });

  it("a path source to read variables, but no secrets", async () => {
    const text = `assert builtins.getEnv "HOME" != ""; builtins.getEnv "CORNICE_GIT_TOKEN" + "end"`;
    const set = { "default.nix": `{ hello = ${derivation("hello", text)}; }` };
    const source = await writeTree(join(directory, randomUUID()), set);
    const env = { CORNICE_PKGS_PATH: source, CORNICE_NIX_RESTRICT: "false", CORNICE_GIT_TOKEN: SECRET };
    const { packages } = await pull(env, "hello");
    expect(await readFile(packages[0]?.path ?? "", "utf8")).toBe("end\n");
  });

  it("a path source to read any file, but no other source", async () => {
    const text = `builtins.readFile ${outside}/secret`;
    const env = { ...(await path(text)), CORNICE_NIX_RESTRICT: "false" };
    expect((await pull(env, "hello")).packages).toHaveLength(1);
    const repository = await createRepository(directory, "restricted.git");
    await repository.commit({ "default.nix": `{ hello = ${derivation("hello", text)}; }` }, "main");
    const error = await rejection(pull({ CORNICE_PKGS_REPO: repository.url, CORNICE_NIX_RESTRICT: "false" }, "hello"));
    expect(String(error)).toContain("is forbidden in restricted mode");
  });
});

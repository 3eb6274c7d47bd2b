import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import type { Isolation } from "../../../origin/isolation/isolation.ts";
import { evaluationCommand, evaluationSession } from "../../../origin/nix/evaluate.ts";
import type { EvaluationRequest } from "../../../origin/nix/evaluation-plan.ts";
import { overFlake } from "../../../origin/nix/expressions.ts";
import { NixTooOld } from "../../../origin/nix/nix-too-old.ts";
import type { ResolvedSource } from "../../../origin/nix/resolved-source.ts";
import { rejection, test, writeTree } from "../fixtures.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";

const FOLDER = join(import.meta.dirname, "../../../nix");
const EXPRESSION = { file: "prepare-image.nix", variables: ["packages"], imports: { checkImage: "image-options.nix" } };
const FILES = ["prepare-image.nix", "load-packages.nix", "image-options.nix"].map((file) => join(FOLDER, file));
const PATH: ResolvedSource = { kind: "path", location: "/pkgs", revision: "r1" };
const OPEN_MODE = 0o755;

const option = (name: string, value: string) => ["--option", name, value];
const NO_BUILDS = option("allow-import-from-derivation", "false");
const TEXTS = ["--argstr", "packages", '["--option"]', "--argstr", "system", "x86_64-linux"];
const common = (uris = "") => [
  "--eval",
  "--read-write-mode",
  ...option("connect-timeout", "10"),
  ...NO_BUILDS,
  ...option("allowed-uris", uris),
];
const allowed = (...paths: readonly string[]) =>
  [...paths, ...FILES].flatMap((path, index) => ["-I", `allowed-${index}=${path}`]);

/** The request of an evaluation, with some changes. */
function requestWith(isolation: Isolation, change: Partial<EvaluationRequest>): EvaluationRequest {
  return {
    source: PATH,
    system: "x86_64-linux",
    nix: {},
    isolation,
    signal: new AbortController().signal,
    expression: EXPRESSION,
    texts: { packages: '["--option"]' },
    links: "/links",
    onLog: vi.fn(),
    ...change,
  };
}

/** The commands that an evaluation runs. */
async function callsOf(change: Partial<EvaluationRequest>, env: Readonly<Record<string, string>> = {}) {
  const { isolation, calls } = recordedIsolation(env);
  await evaluationCommand(requestWith(isolation, change));
  return calls;
}

describe("a path is evaluated", () => {
  const location = ["--argstr", "location", "/pkgs"];
  const file = (config = "{}", feature = "") => [
    ...option("experimental-features", feature),
    ...TEXTS,
    ...location,
    "--argstr",
    "config",
    config,
    join(FOLDER, "prepare-image.nix"),
  ];
  const restricted = [...option("restrict-eval", "true"), ...allowed("/pkgs")];
  const sight = { readable: ["/pkgs", ...FILES], owner: undefined, network: false, git: false };

  test("with access to itself and our expressions only, and without a network", async () => {
    expect(await callsOf({})).toEqual([
      { program: "nix-instantiate", args: [...common(), ...restricted, ...file()], sight },
    ]);
  });

  test("with a network and git if the operator allows addresses", async () => {
    const uris = "https://a/ git+https://a/ tarball+https://a/ path:/b";
    expect(await callsOf({ nix: { allowedUris: "https://a/ path:/b" } })).toEqual([
      {
        program: "nix-instantiate",
        args: [...common(uris), ...restricted, ...file("{}", "fetch-tree")],
        sight: { ...sight, network: true, git: true },
      },
    ]);
  });

  test("with builds if the operator allows them", async () => {
    const [call] = await callsOf({ nix: { allowIfd: true } });
    expect(call?.args.join(" ")).toContain("--option allow-import-from-derivation true");
  });

  test("with nixpkgs' configuration", async () => {
    const [call] = await callsOf({ nix: { nixpkgsConfig: '{"allowUnfree":true}' } });
    expect(call?.args).toEqual([...common(), ...restricted, ...file('{"allowUnfree":true}')]);
  });

  test("with the nixpkgs that the operator names, as an argument and in the search path", async () => {
    const [call] = await callsOf({ source: { ...PATH, nixpkgs: "/nixpkgs" } });
    const args = call?.args.join(" ");
    expect(args).toContain("-I nixpkgs=/nixpkgs ");
    expect(args).toContain("--argstr location /pkgs --argstr nixpkgs /nixpkgs");
    expect(args).toContain("-I allowed-0=/pkgs -I allowed-1=/nixpkgs");
    expect(call?.sight?.readable.slice(0, 2)).toEqual(["/pkgs", "/nixpkgs"]);
  });

  test("with limits of its own", async () => {
    const [call] = await callsOf({ sight: { memoryMib: 7, isLowPriority: true } });
    expect(call?.sight).toEqual({ ...sight, memoryMib: 7, isLowPriority: true });
  });

  test("as the origin's own user if the operator trusts the path", async () => {
    expect(await callsOf({ source: { ...PATH, restricted: false } })).toEqual([
      { program: "nix-instantiate", args: [...common(), ...file()], sight: undefined },
    ]);
  });

  test("without a mount of its own if it is in the store, which every jail shows", async () => {
    const source = "/nix/store/00000000000000000000000000000000-source";
    const [call] = await callsOf({ source: { ...PATH, location: source } });
    expect(call?.sight?.readable).toEqual(FILES);
    expect(call?.args.join(" ")).toContain(allowed(source).join(" "));
  });
});

test("an evaluation with a rooted answer gets a link, in a folder that it may write to", async () => {
  const [call] = await callsOf({ root: "/links/evaluation" });
  expect(call?.args.slice(0, 2)).toEqual(["--add-root", "/links/evaluation"]);
  expect(call?.args).not.toContain("--eval");
  expect(call?.sight).toMatchObject({ links: "/links" });
});

test("a nixpkgs that needs a newer Nix is refused, also if it is the set's and not the source", async ({
  directory,
}) => {
  await writeTree(directory, { "lib/minver.nix": '"99"\n' });
  const error = await rejection(callsOf({ source: { ...PATH, nixpkgs: directory } }));
  expect(error).toBeInstanceOf(NixTooOld);
});

describe("an evaluation may read a path of this machine", () => {
  async function readableOf(location: string) {
    const [call] = await callsOf({ source: { ...PATH, location } });
    return call?.sight?.readable.filter((path) => !FILES.includes(path));
  }

  test("by both of its names if it is a link", async ({ directory }) => {
    await writeTree(directory, { "pkgs/default.nix": "1", link: { link: "pkgs" } });
    expect(await readableOf(join(directory, "link"))).toEqual([join(directory, "link"), join(directory, "pkgs")]);
  });

  test("with its neighbours if it is a file", async ({ directory }) => {
    await writeTree(directory, { "pkgs/a.nix": "1" });
    expect(await readableOf(join(directory, "pkgs/a.nix"))).toEqual([join(directory, "pkgs")]);
  });
});

describe("the owner of a path evaluates it", () => {
  async function ownerOf(location: string) {
    const [call] = await callsOf({ source: { ...PATH, location } });
    return call?.sight?.owner;
  }
  const owner = { uid: process.getuid?.(), gid: process.getgid?.() };

  test.for([0o700, 0o750, 0o751, 0o754])("if the folder is closed to others: %o", async (mode, { directory }) => {
    await chmod(directory, mode);
    expect(await ownerOf(directory)).toMatchObject(owner);
  });

  test.for([0o600, 0o640])("if the file is closed to others: %o", async (mode, { directory }) => {
    await writeTree(directory, { "a.nix": "1" });
    await chmod(directory, OPEN_MODE);
    await chmod(join(directory, "a.nix"), mode);
    expect(await ownerOf(join(directory, "a.nix"))).toMatchObject(owner);
  });

  test("but not if the path is open to others", async ({ directory }) => {
    await writeTree(directory, { "a.nix": "1" });
    await chmod(directory, OPEN_MODE);
    expect(await ownerOf(directory)).toBeUndefined();
    expect(await ownerOf(join(directory, "a.nix"))).toBeUndefined();
  });
});

const PURE = [
  ...option("pure-eval", "true"),
  ...option("restrict-eval", "true"),
  ...option("flake-registry", ""),
  ...option("experimental-features", "flakes"),
];

test("a flake is evaluated purely, without access to this machine's files", async ({ directory }) => {
  const stored = "/nix/store/00000000000000000000000000000000-source";
  await writeTree(directory, {
    "flake/flake.nix": "{ }",
    "bin/nix-instantiate": { program: `#!/bin/sh\necho '/links/flake!"${stored}"'\n` },
    "bin/nix-store": { program: "#!/bin/sh\necho sha256:abc\n" },
    "bin/nix": { program: "#!/bin/sh\necho sha256-a+b=\n" },
  });
  const source = { kind: "flake", location: join(directory, "flake"), revision: "r1" } as const;
  const calls = await callsOf({ source }, { PATH: `${directory}/bin:/usr/bin:/bin` });
  expect(calls.at(-1)).toEqual({
    program: "nix-instantiate",
    args: [
      ...common("https://input.invalid/"),
      ...PURE,
      ...TEXTS,
      "--argstr",
      "location",
      stored,
      "--argstr",
      "narHash",
      "sha256-a+b=",
      "--expr",
      await overFlake(EXPRESSION),
    ],
    sight: { readable: [], network: false, git: false },
  });
});

const DOLLAR = "$";
/** A text that Nix would evaluate, if it stood in a string as it is. */
const CODE = `["${DOLLAR}{builtins.abort "no"}"]`;

describe("a session", () => {
  async function session(change: Partial<EvaluationRequest> = {}) {
    const { isolation, calls } = recordedIsolation();
    const opened = await evaluationSession(requestWith(isolation, { texts: { packages: CODE }, ...change }));
    return { opened, calls };
  }

  test("has the permissions of an evaluation", async () => {
    const { calls } = await session();
    expect(calls[0]?.program).toBe("nix");
    expect(calls[0]?.args).toEqual(expect.arrayContaining(["repl", "restrict-eval"]));
    expect(calls[0]?.args.join(" ")).toContain(allowed("/pkgs").join(" "));
  });

  test("begins with the value, and no text in it is code", async () => {
    const { opened } = await session();
    const file = join(FOLDER, "prepare-image.nix");
    const packages = `"[\\"\\${DOLLAR}{builtins.abort \\"no\\"}\\"]"`;
    const own = 'system = "x86_64-linux"; location = "/pkgs"; config = "{}";';
    expect(opened.opening).toBe(`cornice = import "${file}" { packages = ${packages}; ${own} }\n`);
  });

  test("leaves no history of its input", async () => {
    const { opened } = await session();
    expect(opened.env).toMatchObject({ XDG_DATA_HOME: "/links" });
  });
});

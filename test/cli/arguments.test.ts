import { describe, expect, test } from "vitest";
import { parseArguments } from "../../cli/arguments.ts";
import { UsageError } from "../../cli/cli-error.ts";
import { containing } from "../matchers.ts";

const GIT = { text: "shell/git", packages: ["bashinteractive", "coreutils", "git", "moreutils", "nano"] };
const BUILD = { command: "build", tag: "latest", json: false, cache: true };
const INDEX = { command: "index", watch: false, json: false, cache: true };
const INSPECT = { command: "inspect", subject: "git", tag: "latest", json: false, cache: true };

test("build takes a name and an output", () => {
  expect(parseArguments(["build", "shell/git", "-o", "image.tar"])).toEqual({
    ...BUILD,
    name: { ...GIT, architecture: undefined },
    output: { kind: "archive", path: "image.tar" },
  });
});

test("a name may choose the architecture", () => {
  const call = parseArguments(["build", "arm64/git", "-o", "a"]);
  expect(call).toMatchObject({ name: { packages: ["git"], architecture: "arm64" } });
});

test("inspect takes one name or path", () => {
  expect(parseArguments(["inspect", "git"])).toEqual(INSPECT);
  expect(parseArguments(["inspect", "./a b.tar"])).toEqual({ ...INSPECT, subject: "./a b.tar" });
});

test("index takes an output, or none", () => {
  expect(parseArguments(["index"])).toEqual({ ...INDEX, output: undefined });
  expect(parseArguments(["index", "-o", "a.json"])).toEqual({ ...INDEX, output: { kind: "file", path: "a.json" } });
  expect(parseArguments(["index", "--watch"])).toEqual({ ...INDEX, watch: true, output: undefined });
  expect(parseArguments(["index", "-o", "-"])).toEqual({ ...INDEX, output: { kind: "stdout" } });
  expect(parseArguments(["index", "--json", "--no-cache"])).toMatchObject({ json: true, cache: false });
});

test("popularity takes a package set or none, and writes to standard output by default", () => {
  const call = { command: "popularity", json: false, cache: true };
  const [source, packages, output] = [undefined, undefined, { kind: "stdout" }];
  expect(parseArguments(["popularity"])).toEqual({ ...call, source, packages, output });
  expect(parseArguments(["popularity", "git:a", "-o", "b.json", "--json", "--no-cache"])).toEqual({
    command: "popularity",
    source: "git:a",
    packages,
    output: { kind: "file", path: "b.json" },
    json: true,
    cache: false,
  });
});

test.each([
  ["git,htop", { kind: "names", text: "git,htop" }],
  ["names.txt", { kind: "names", text: "names.txt" }],
  ["./names.txt", { kind: "file", path: "./names.txt" }],
])("--packages %s", (text, packages) => {
  expect(parseArguments(["popularity", "--packages", text])).toMatchObject({ packages });
});

test("gc takes times", () => {
  const times = { keepDays: undefined, keepBuiltDays: undefined, graceMinutes: undefined };
  expect(parseArguments(["gc"])).toEqual({ command: "gc", dryRun: false, times, json: false });
  const all = ["gc", "--dry-run", "--keep-days", "0", "--keep-built-days", "7", "--grace-minutes", "30", "--json"];
  expect(parseArguments(all)).toEqual({
    command: "gc",
    dryRun: true,
    times: { keepDays: 0, keepBuiltDays: 7, graceMinutes: 30 },
    json: true,
  });
});

test("warm takes a file, or a number of popular packages", () => {
  const call = { command: "warm", tag: "latest", jobs: undefined, platforms: undefined, json: false, cache: true };
  expect(parseArguments(["warm", "a.txt"])).toEqual({ ...call, images: { kind: "file", path: "a.txt", each: false } });
  expect(parseArguments(["warm", "--each", "-"])).toEqual({ ...call, images: { kind: "file", path: "-", each: true } });
  expect(parseArguments(["warm", "--popular", "100", "--jobs", "3", "--tag", "v1", "--json", "--no-cache"])).toEqual({
    command: "warm",
    images: { kind: "popular", count: 100 },
    tag: "v1",
    jobs: 3,
    platforms: undefined,
    json: true,
    cache: false,
  });
});

test.each([
  ["amd64,arm64", ["amd64", "arm64"]],
  ["arm64 amd64", ["amd64", "arm64"]],
  ["arm64", ["arm64"]],
])("warm takes the platforms of the registry: %s", (text, platforms) => {
  expect(parseArguments(["warm", "--platforms", text, "a.txt"])).toMatchObject({ platforms });
});

describe("every option has an effect:", () => {
  test.each([
    [["--tag", "nixos-25.11"], { tag: "nixos-25.11" }],
    [["--json"], { json: true }],
    [["--no-cache"], { cache: false }],
  ])("%j", (options, effect) => {
    expect(parseArguments(["build", "git", "-o", "a", ...options])).toMatchObject({ ...BUILD, ...effect });
    expect(parseArguments(["inspect", ...options, "git"])).toEqual({ ...INSPECT, ...effect });
  });
});

describe("the output", () => {
  test.each([
    [["-o", "a"], { kind: "archive", path: "a" }],
    [["--output=a/b.tar"], { kind: "archive", path: "a/b.tar" }],
    [["-o", "a", "--format", "oci-archive"], { kind: "archive", path: "a" }],
    [["-o", "a/"], { kind: "layout", path: "a/" }],
    [["-o", "a", "--format", "oci-dir"], { kind: "layout", path: "a" }],
    [["-o", "a/", "--format", "oci-dir"], { kind: "layout", path: "a/" }],
    [["-o", "-"], { kind: "stdout" }],
    [["-o", "-", "--format", "oci-archive"], { kind: "stdout" }],
  ])("of %j", (options, output) => {
    expect(parseArguments(["build", "git", ...options])).toMatchObject({ output });
  });
});

describe("help and version", () => {
  test.each([[["--version"], "version"]])("%j", (args, command) => expect(parseArguments(args)).toEqual({ command }));
});

describe("a wrong call is refused with the reason:", () => {
  test.each([
    [[], "say what to do: build, inspect, index, popularity, warm, verify, doctor, gc, fsck or serve"],
    [
      ["pull"],
      'unknown command "pull"; the commands are build, inspect, index, popularity, warm, verify, doctor, gc, fsck and serve',
    ],
    [
      ["--json", "build"],
      'unknown command "--json"; the commands are build, inspect, index, popularity, warm, verify, doctor, gc, fsck and serve',
    ],
    [["build", "-o", "a"], "name one image, such as shell/git/htop"],
    [["build", "a", "b", "-o", "c"], 'name one image, such as shell/git/htop; "b" is one too many'],
    [["build", "a"], "say where to write: -o FILE, -o FOLDER/ or -o -"],
    [["build", "a", "-o", ""], "-o has no value: give a file, a folder or -"],
    [["build", "a", "-o"], "Option '-o, --output <value>' argument missing"],
    [["build", "a", "-o", "--json"], "Option '-o' argument is ambiguous"],
    [["build", "a", "-o", "b", "--bogus"], "Unknown option '--bogus'"],
    [["inspect", "a", "-o", "b"], "Unknown option '-o'"],
    [["build", "a", "-o", "b", "--json=1"], "Option '--json' does not take an argument"],
    [["build", "a", "-o", "b", "--format", "zip"], '--format is "zip"; it must be oci-archive or oci-dir'],
    [["build", "a", "-o", "b/", "--format", "oci-archive"], "b/ is a folder; an archive is a file"],
    [["build", "a", "-o", "-", "--format", "oci-dir"], "-o - can only write an archive"],
    [["build", "a", "-o", "-", "--json"], "--json and -o - cannot share standard output"],
    [["build", "git:1.0", "-o", "b"], '"git:1.0" has a ":"; use --tag TAG for a tag'],
    [
      ["build", "127.0.0.1:8787/git", "-o", "b"],
      '"127.0.0.1:8787/git" names a registry, and this command needs none; use git',
    ],
    [["build", "localhost:5000/shell/git:v1", "-o", "b"], "this command needs none; use shell/git --tag v1"],
    [["build", "https://a.example/git", "-o", "b"], "this command needs none; use git"],
    [["build", "a//b", "-o", "b"], "the image name has an empty component; write package names separated by single"],
    [["build", "Git", "-o", "b"], '"Git" cannot be part of an image name'],
    [["build", "arm64", "-o", "b"], "the image name lists no package; add at least one, or shell"],
    [["build", "a", "-o", "b", "--tag", "a/b"], '"a/b" cannot be a tag'],
    [["inspect"], "name one image, archive or layout"],
    [["inspect", "a", "--tag", ""], '"" cannot be a tag'],
    [["index", "--watch", "-o", "a.json"], "--watch is for the bucket, without -o"],
    [["index", "git"], 'index lists all packages; "git" is one too many'],
    [["index", "--tag", "main"], "Unknown option '--tag'"],
    [["index", "-o", ""], "-o has no value: give a file or -"],
    [["index", "-o", "a/"], "a/ is a folder; an index is a file"],
    [["index", "-o", "-", "--json"], "--json and -o - cannot share standard output"],
    [["popularity", "starter", "path:/b"], 'name one package set; "path:/b" is one too many'],
    [["popularity", "--json"], "--json and -o - cannot share standard output"],
    [["popularity", "-o", "a/"], "a/ is a folder; popularity is a file"],
    [["popularity", "-o", ""], "-o has no value: give a file or -"],
    [["popularity", "--packages"], "Option '--packages <value>' argument missing"],
    [["gc", "git"], 'gc is for the whole registry; "git" is one too many'],
    [["gc", "--keep-days", "-1"], "argument is ambiguous"],
    [["gc", "--keep-days", "1.5"], '--keep-days is "1.5"; it must be a whole number from 0 to 36525'],
    [["gc", "--grace-minutes", "10081"], '--grace-minutes is "10081"; it must be a whole number from 0 to 10080'],
    [["warm"], "name one file of images, or - for standard input"],
    [["warm", "a", "b"], 'name one file of images, or - for standard input; "b" is one too many'],
    [["warm", "a", "--popular", "3"], '--popular chooses the images; "a" is one too many'],
    [["warm", "--popular", "3", "--each"], "--each is for a file"],
    [["warm", "--popular", "0"], '--popular is "0"; it must be a whole number from 1 to 1000000'],
    [["warm", "--popular", "1e3"], '--popular is "1e3"; it must be a whole number from 1 to 1000000'],
    [["warm", "a", "--jobs", "257"], '--jobs is "257"; it must be a whole number from 1 to 256'],
    [["warm", "a", "--platforms", "riscv64"], '--platforms is "riscv64"; each of its words must be amd64 or arm64'],
    [["warm", "a", "--tag", "a/b"], '"a/b" cannot be a tag'],
    [["warm", "a", "-o", "b"], "Unknown option '-o'"],
  ])("%j", (args, message) => {
    expect(() => parseArguments(args)).toThrow(
      expect.objectContaining({ constructor: UsageError, message: containing(message) }),
    );
  });
});

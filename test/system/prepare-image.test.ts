import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PrepareOptions, prepareImage } from "../../origin/nix/prepare-image.ts";
import { recordEvents } from "../origin/recorded-events.ts";
import { parseNixpkgsConfig } from "../../origin/nix/nixpkgs-config.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { Settings } from "../../origin/system/settings.ts";
import { rejection } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { NIX_VERSIONS } from "./newer-nix.ts";
import { output, processesWith } from "./program.ts";
import { REPOSITORY, testPackages } from "./registry.ts";
import { SYSTEM, testIsolation } from "./source-pull.ts";

const NIX = { timeoutS: 60 };

let directory: string;
let location: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-nix-"));
  location = (await testPackages(directory, randomUUID()))["CORNICE_PKGS_PATH"] ?? "";
});

afterAll(() => removeFolder(directory));

interface Changes extends Partial<PrepareOptions> {
  /** Where Nix is. */
  readonly path?: string;
  readonly log?: string[];
}

/** The environment has only PATH: no home, no NIX_PATH, no channels. */
async function prepare(packages: readonly string[], { path = "/usr/bin:/bin", log = [], ...changes }: Changes = {}) {
  await using isolation = testIsolation({ PATH: path });
  return await prepareImage({
    packages,
    architecture: hostArchitecture(),
    source: { kind: "path", location, revision: "" },
    nix: NIX,
    isolation,
    gcRoot: join(directory, "closure"),
    signal: AbortSignal.timeout(120_000),
    onEvent(event) {
      if (event.event === "log") log.push(event.line);
    },
    ...changes,
  });
}

describe("preparing an image", () => {
  it.each([
    ["an exact name", "hello", "hello"],
    ["a name that differs in case", "world", "World"],
    ["a name that starts with a digit", "7zz", "_7zz"],
    ["a nested name", "nested.deep.thing", "nested.Deep.thing"],
  ])("finds %s", async (_, name, attribute) => {
    const { packages } = await prepare([name]);
    expect(packages).toMatchObject([{ name, attribute, requested: true }]);
  });

  it("keeps the closure from the garbage collector while the link is there", async () => {
    const gcRoot = join(directory, "kept");
    const { packages } = await prepare(["world"], { gcRoot });
    const path = packages[0]?.path ?? "";
    expect(await output("nix-store", ["--query", "--roots", path])).toContain(gcRoot);
    await rm(gcRoot);
    expect(await output("nix-store", ["--query", "--roots", path])).not.toContain(gcRoot);
  });

  it("names all mistakes at once, as data", async () => {
    const message =
      "no such package: nosuch; no such package: hello.deeper; " +
      "twice.ab could be any of twice.Ab, twice.aB; text is not a package";
    const outcome = await prepare(["hello", "nosuch", "hello.deeper", "twice.ab", "text"]).catch(String);
    expect(outcome).toBe(`OciError: ${message}`);
  });

  it.each([
    ["helol", ["hello"]],
    ["wrld", ["world"]],
    ["nested.deep.thign", ["nested.deep.thing"]],
    ["nestde.deep.thing", ["nested.deep.thing"]],
    ["nested.deep.zzzzzz", undefined],
  ])("suggests what %s may have meant", async (name, suggestions) => {
    const error = await rejection(prepare(["hello", name]));
    expect(error).toMatchObject({ detail: { unknown: [suggestions ? { name, suggestions } : { name }] } });
  });

  it("evaluates only the packages that are asked for", async () => {
    await expect(prepare(["hello"])).resolves.toBeDefined();
    await expect(prepare(["broken"])).rejects.toThrow("this package is broken on purpose");
  });

  it("treats a name as a name, even if it looks like an expression", async () => {
    const name = '${builtins.abort "evaluated"}';
    await expect(prepare([name])).rejects.toThrow(`no such package: ${name}`);
  });

  it("passes on Nix's log line by line while the build runs", async () => {
    const times: number[] = [];
    await prepare(["talkative"], {
      onEvent(event) {
        if (event.event === "log" && /^(first|second) line$/.test(event.line)) times.push(Date.now());
      },
    });
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThan(1000);
  });

  it("ends a build that takes too long, with all its children, and says what took how long", async () => {
    const salt = randomUUID();
    await testPackages(directory, salt);
    await Promise.all([
      expect.poll(() => processesWith(salt), { timeout: 5000 }).not.toEqual([]),
      expect(prepare(["endless"], { nix: { ...NIX, timeoutS: 5 } })).rejects.toThrow(
        /^building endless took longer than 5 s and was stopped while building endless \(\d s\); finished parts are kept/,
      ),
    ]);
    expect(await processesWith(salt)).toEqual([]);
  });

  it("says that the package source does not exist", async () => {
    const source = { kind: "path", location: join(directory, "nowhere"), revision: "" } as const;
    expect(await rejection(prepare(["hello"], { source }))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "the package source does not exist at the configured path",
    });
  });
});

describe.each(NIX_VERSIONS)("with %s, preparing an image", (_version, nixPath) => {
  let nix: string;

  beforeAll(async () => {
    nix = await nixPath();
  });

  it("gives the closure with sizes and references", async () => {
    const { packages, closure } = await prepare(["world"], { path: nix });
    const hello = closure.find(({ path }) => path.endsWith("-hello"));
    const world = closure.find(({ path }) => path === packages[0]?.path);
    expect(closure).toHaveLength(2);
    expect(world?.references).toEqual([hello?.path]);
    expect(hello?.references).toEqual([]);
    const size = await output("nix-store", ["--query", "--size", hello?.path ?? ""]);
    expect(hello?.narSize).toBe(Number(size));
  });

  it("reports the builds of Nix in order, and no path that exists already", async () => {
    const { onEvent, work } = recordEvents();
    await testPackages(directory, randomUUID());
    for (let times = 0; times < 2; times++) await prepare(["world"], { path: nix, onEvent });
    const states = (name: string) => ["started", "ended"].map((state) => ({ work: "build", name, state }));
    expect(work()).toEqual([...states("hello"), ...states("world")]);
  });

  it.each(["failing", "dependent"])("names a failed build, with the end of its log (%s)", async (name) => {
    const log: string[] = [];
    const error = await rejection(prepare([name], { path: nix, log }));
    const lines = Array.from({ length: 19 }, (_, index) => `line ${index + 12}\n`).join("");
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message:
        `building ${name} failed: builder for failing-1.2 failed with exit code 3; the last lines of its log:\n` +
        `${lines}the compiler is unhappy with hello`,
    });
    expect(log).toContain("building 'failing-1.2.drv'...");
    expect(log).toContain("the compiler is unhappy with hello");
  });

  it.each([
    ["broken-package", "broken-package-1.0 is marked as broken", "CORNICE_ALLOW_BROKEN=true"],
    ["unfree", "unfree-2.0 has an unfree license (bsl11)", "CORNICE_ALLOW_UNFREE=true"],
    ["insecure", "insecure-3.0 is marked as insecure", 'CORNICE_ALLOW_INSECURE="insecure-3.0"'],
    ["elsewhere", `elsewhere-4.0 is not available on ${SYSTEM}`, "CORNICE_ALLOW_UNSUPPORTED=true"],
  ])("tells that a package is refused, and the setting that allows it: %s", async (name, sentence, setting) => {
    const error = await rejection(prepare([name], { path: nix }));
    expect(error).toMatchObject({
      message: `building ${name} failed: ${sentence}; the operator can allow it with ${setting}`,
    });
    const [variable = "", value = ""] = setting.replaceAll('"', "").split("=");
    const nixpkgsConfig = parseNixpkgsConfig(new Settings({ [variable]: value }));
    const { packages } = await prepare([name], { path: nix, nix: { ...NIX, nixpkgsConfig } });
    expect(packages).toMatchObject([{ attribute: name }]);
  });

  it("does not reveal paths of this machine", async () => {
    const log: string[] = [];
    const error = await rejection(prepare(["missing"], { path: nix, log }));
    expect(error).toMatchObject({
      message: "building missing failed: path 'SOURCE/missing.nix' does not exist",
    });
    expect(log.join("\n")).not.toContain(directory);
    expect(log.join("\n")).not.toContain(REPOSITORY);
  });
});

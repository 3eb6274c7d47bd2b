import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import { type PrepareOptions, prepareImage } from "../../../origin/nix/prepare-image.ts";
import { rejection, test, until, writeTree } from "../fixtures.ts";

const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
const EVALUATION = {
  found: [{ name: "git", attribute: "git", path: GIT, requested: true }],
  unknown: [],
  ambiguous: [],
  unsuitable: [],
  foreign: [],
};
const CLOSURE = [{ path: GIT, narSize: 1, references: [GIT] }];

/** Puts a program called cornice-prepare-image on PATH, alone but for the system's own. */
async function prepare(directory: string, script: string, options: Partial<PrepareOptions> = {}) {
  await writeTree(directory, { "cornice-prepare-image": { program: `#!/bin/sh\n${script}\n` } });
  return prepareImage({
    packages: ["git", "htop"],
    architecture: "amd64",
    source: { kind: "path", location: "/pkgs", revision: "r1" },
    nix: { timeoutS: 60, sandbox: true, substituters: undefined, maxJobs: undefined },
    env: { PATH: `${directory}:/usr/bin:/bin` },
    gcRoot: "/spool/closure",
    signal: new AbortController().signal,
    onPhase: vi.fn(),
    onLog: vi.fn(),
    ...options,
  });
}

function print(...values: object[]): string {
  return values.map((value) => `echo '${JSON.stringify(value)}'`).join("\n");
}

const SUCCESS = print({ phase: "evaluate" }, { evaluation: EVALUATION }, { phase: "realise" }, { closure: CLOSURE });

test("packages and closure come back", async ({ directory }) => {
  expect(await prepare(directory, SUCCESS)).toEqual({ packages: EVALUATION.found, closure: CLOSURE });
});

test("phases and Nix's own lines are passed on", async ({ directory }) => {
  const onPhase = vi.fn();
  const onLog = vi.fn();
  await prepare(directory, `echo 'these paths will be fetched' >&2\necho '  /nix/store/x' >&2\n${SUCCESS}`, {
    onPhase,
    onLog,
  });
  expect(onPhase.mock.calls).toEqual([["evaluate"], ["realise"]]);
  expect(onLog.mock.calls).toEqual([["these paths will be fetched"], ["  /nix/store/x"]]);
});

describe("the command line", () => {
  const base = ["--packages", '["git","htop"]', "--system", "x86_64-linux"];
  const rest = ["--gc-root", "/spool/closure", "--sandbox", "true"];
  const source = ["--kind", "path", "--location", "/pkgs", ...rest];
  const nix = { timeoutS: 60, sandbox: true, substituters: undefined, maxJobs: undefined };

  test.for<[string, Partial<PrepareOptions>, string[]]>([
    ["of the defaults", {}, [...base, ...source]],
    ["for arm64", { architecture: "arm64" }, [...base.slice(0, 3), "aarch64-linux", ...source]],
    ["without a sandbox", { nix: { ...nix, sandbox: false } }, [...base, ...source.slice(0, -1), "false"]],
    ["without substituters", { nix: { ...nix, substituters: "" } }, [...base, ...source, "--substituters", ""]],
    ["with jobs", { nix: { ...nix, maxJobs: 3 } }, [...base, ...source, "--max-jobs", "3"]],
    [
      "of a flake",
      { source: { kind: "flake", location: "/f", directory: "nix", revision: "1" } },
      [...base, "--kind", "flake", "--location", "/f", "--flake-dir", "nix", ...rest],
    ],
    [
      "of a path that is trusted",
      { source: { kind: "path", location: "/pkgs", restricted: false, revision: "1" } },
      [...base, "--kind", "path", "--location", "/pkgs", "--restrict", "false", ...rest],
    ],
    [
      "with what evaluation may do",
      { nix: { ...nix, allowedUris: "https://a/ https://b/", allowIfd: true } },
      [...base, ...source.slice(0, 4), "--allowed-uris", "https://a/ https://b/", "--allow-ifd", "true", ...rest],
    ],
  ])("%s", async ([, options, expected], { directory }) => {
    await prepare(directory, `printf '%s\\n' "$@" >${directory}/arguments\n${SUCCESS}`, options);
    expect((await readFile(join(directory, "arguments"), "utf8")).slice(0, -1).split("\n")).toEqual(expected);
  });
});

describe("names that lead to no package", () => {
  test("are all told in one message, and as data", async ({ directory }) => {
    const problems = {
      unknown: ["gti", "hotp"],
      ambiguous: [{ name: "a", candidates: ["A", "a_"] }],
      unsuitable: ["lib"],
      foreign: ["wine"],
    };
    const error = await rejection(prepare(directory, print({ evaluation: { found: [], ...problems } })));
    expect(error).toBeInstanceOf(OciError);
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      status: 404,
      message:
        "no such package: gti; no such package: hotp; a could be any of A, a_; " +
        "lib is not a package; wine is not available for amd64",
      detail: problems,
    });
  });

  test.for([
    [{ unknown: ["gti"] }, "no such package: gti"],
    [{ ambiguous: [{ name: "a", candidates: ["A", "a_"] }] }, "a could be any of A, a_"],
    [{ unsuitable: ["lib"] }, "lib is not a package"],
    [{ foreign: ["wine"] }, "wine is not available for arm64"],
  ] as const)("%j: %s", async ([problem, message], { directory }) => {
    const script = print({ evaluation: { ...EVALUATION, found: [], ...problem } });
    const error = await rejection(prepare(directory, script, { architecture: "arm64" }));
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });
});

describe("a build that fails says why", () => {
  const intro = "building git/htop failed:";

  test.for([
    ["in Nix's words", "echo 'error: builder failed' >&2; exit 1", `${intro} builder failed`],
    [
      "by the cause, not by what depends on it",
      "echo 'error: first' >&2; echo 'error: second' >&2; exit 1",
      `${intro} first`,
    ],
    [
      "in the words of a newer Nix, which indents them",
      "printf 'error:\\n       … while calling\\n\\n       error: it is unfree\\n' >&2; exit 1",
      `${intro} it is unfree`,
    ],
    [
      "with what the operator can do",
      "echo \"error: access to URI 'http://a/' is forbidden in restricted mode\" >&2; exit 1",
      `${intro} access to URI 'http://a/' is forbidden in restricted mode; the operator can allow it with CORNICE_NIX_ALLOWED_URIS`,
    ],
    [
      "without telling where the source is kept",
      "echo \"error: getting status of '/pkgs/none.nix': No such file\" >&2; exit 1",
      `${intro} getting status of 'SOURCE/none.nix': No such file`,
    ],
    ["or where to look", "echo 'Killed' >&2; exit 137", `${intro} see the log of the origin`],
    ["when it was killed", "kill -KILL $$", `${intro} see the log of the origin`],
  ])("%s", async ([, script = "", message], { directory }) => {
    expect(await rejection(prepare(directory, script))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message,
      cause: { name: "CommandError" },
    });
  });

  test("with the exit code as cause", async ({ directory }) => {
    expect(await rejection(prepare(directory, "exit 7"))).toMatchObject({
      cause: { message: "cornice-prepare-image ended with exit code 7" },
    });
  });
});

describe("output that breaks the agreement is a defect of ours", () => {
  test.for([
    ["no JSON", "echo hello", "Unexpected token"],
    ["nothing", ":", "cornice-prepare-image ended without an evaluation"],
    ["no closure", print({ evaluation: EVALUATION }), "cornice-prepare-image ended without a closure"],
    ["another shape", print({ closure: {} }), "cornice-prepare-image printed something unexpected: {}"],
  ])("%s", async ([, script = "", message = ""], { directory }) => {
    const error = await rejection(prepare(directory, script));
    expect(error).not.toBeInstanceOf(OciError);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
  });
});

describe.concurrent("a build that takes too long", () => {
  const nix = { timeoutS: 0.3, sandbox: true, substituters: undefined, maxJobs: undefined };

  test("is stopped, and told which setting to raise", async ({ directory }) => {
    const error = await rejection(prepare(directory, "sleep 1000", { nix }));
    expect(error).toBeInstanceOf(OciError);
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message:
        "building git/htop took longer than 0.3 s and was stopped; " +
        "what is built is kept, so pull again, or ask the operator to raise NIX_TIMEOUT",
    });
  });

  test("counts as stopped by the origin when that came first", async ({ directory }) => {
    const stop = new AbortController();
    const onLog = vi.fn(() => stop.abort(new Error("the origin is stopping")));
    const script = "trap 'sleep 0.6; exit 1' TERM; echo ready >&2; while :; do sleep 0.05; done";
    const error = await rejection(prepare(directory, script, { nix, signal: stop.signal, onLog }));
    expect(error).toMatchObject({ message: "the origin is stopping" });
  });
});

test("an abort by the origin is no build failure", async ({ directory }) => {
  const stop = new AbortController();
  const onLog = vi.fn();
  const run = rejection(prepare(directory, "echo ready >&2; sleep 1000", { signal: stop.signal, onLog }));
  await until(() => onLog.mock.calls.length > 0);
  stop.abort(new Error("the origin is stopping"));
  const error = await run;
  expect(error).not.toBeInstanceOf(OciError);
  expect(error).toMatchObject({ message: "the origin is stopping" });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import type { PrepareOptions } from "../../../origin/nix/prepare-image.ts";
import { rejection, test, until } from "../fixtures.ts";
import { CLOSURE, EVALUATION, GIT, prepare, print, SUCCESS } from "./prepared.ts";

test("packages and closure come back", async ({ directory }) => {
  expect(await prepare(directory, SUCCESS)).toEqual({ packages: EVALUATION.found, closure: CLOSURE });
});

test("no line names a path of this machine", async ({ directory }) => {
  const onLog = vi.fn();
  const lines = [
    "/pkgs/a.nix",
    "/spool/closure",
    `${directory}/.config`,
    GIT,
    join(import.meta.dirname, "../../../nix/x.nix"),
  ];
  const script = `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >&2\n${SUCCESS}`;
  await prepare(directory, script, { env: { PATH: `${directory}:/usr/bin:/bin`, HOME: directory }, onLog });
  const shown = ["SOURCE/a.nix", "SPOOL/closure", "HOME/.config", "git-2.51.0", "CORNICE/nix/x.nix"];
  expect(onLog.mock.calls.flat()).toEqual(shown);
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
  const sandbox = ["--sandbox", "true"];
  const gcRoot = ["--gc-root", "/spool/closure"];
  const rest = [...sandbox, ...gcRoot];
  const source = ["--kind", "path", "--location", "/pkgs", ...rest];
  const nix = { timeoutS: 60, sandbox: true, substituters: undefined, maxJobs: undefined };

  test.for<[string, Partial<PrepareOptions>, string[]]>([
    ["of the defaults", {}, [...base, ...source]],
    ["of an image", { packages: [], image: "web" }, ["--image", "web", ...base.slice(2), ...source]],
    ["for arm64", { architecture: "arm64" }, [...base.slice(0, 3), "aarch64-linux", ...source]],
    [
      "without a sandbox",
      { nix: { ...nix, sandbox: false } },
      [...base, ...source.slice(0, 4), "--sandbox", "false", ...gcRoot],
    ],
    [
      "without substituters",
      { nix: { ...nix, substituters: "" } },
      [...base, ...source.slice(0, 6), "--substituters", "", ...gcRoot],
    ],
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
    [
      "with what nixpkgs may allow",
      { nix: { ...nix, nixpkgsConfig: '{"allowUnfree":true}' } },
      [...base, ...source.slice(0, 4), "--config", '{"allowUnfree":true}', ...rest],
    ],
  ])("%s", async ([, options, expected], { directory }) => {
    await prepare(directory, `printf '%s\\n' "$@" >${directory}/arguments\n${SUCCESS}`, options);
    expect((await readFile(join(directory, "arguments"), "utf8")).slice(0, -1).split("\n")).toEqual(expected);
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

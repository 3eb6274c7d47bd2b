import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import type { PrepareOptions } from "../../../origin/nix/prepare-image.ts";
import { anyOf } from "../../matchers.ts";
import { rejection, test, until } from "../fixtures.ts";
import { recordEvents } from "../recorded-events.ts";
import { recordedIsolation } from "../isolation/recorded-isolation.ts";
import { writeFakeNix } from "./fake-nix.ts";
import { CLOSURE, EVALUATION, FOUND, GIT, GIT_DERIVATION, NIX, NOTHING, PACKAGE, prepare } from "./prepared.ts";

test("preparing an image returns its packages and closure", async ({ directory }) => {
  expect(await prepare(directory)).toEqual({ packages: [PACKAGE], closure: CLOSURE });
});

test("no log line has a path of this machine", async ({ directory }) => {
  const recorded = recordEvents();
  const lines = [
    "/pkgs/a.nix",
    `${directory}/spool/closure`,
    `${directory}/.config`,
    GIT,
    join(import.meta.dirname, "../../../nix/x.nix"),
  ];
  const realise = `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >&2`;
  const isolation = withoutIsolation({ PATH: `${directory}/bin:/usr/bin:/bin`, HOME: directory });
  await prepare(directory, { realise }, { isolation, onEvent: recorded.onEvent });
  const shown = ["SOURCE/a.nix", "SPOOL/closure", "HOME/.config", "git-2.51.0", "CORNICE/nix/x.nix"];
  expect(recorded.lines()).toEqual(shown);
});

test("phases and Nix's own lines are passed on", async ({ directory }) => {
  const recorded = recordEvents();
  const evaluate = `echo 'trace: hello' >&2; echo '${JSON.stringify(EVALUATION)}'`;
  const realise = "echo 'these paths will be fetched' >&2; echo '  /nix/store/x' >&2";
  await prepare(directory, { evaluate, realise }, { onEvent: recorded.onEvent });
  expect(recorded.phases()).toEqual(["evaluate", "realise"]);
  expect(recorded.lines()).toEqual(["trace: hello", "these paths will be fetched", "  /nix/store/x"]);
});

test("Nix realises nothing if a name is unknown", async ({ directory }) => {
  const { onEvent, phases } = recordEvents();
  const evaluation = { ...NOTHING, unknown: [{ name: "gti", depth: 0, within: "" }] };
  expect(await rejection(prepare(directory, { evaluation }, { onEvent }))).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  expect(phases()).toEqual(["evaluate"]);
});

describe("Nix evaluates", () => {
  const names = { packages: '["git","htop"]', image: "", metadata: anyOf(String), system: "x86_64-linux" };

  test.for<[string, Partial<PrepareOptions>, Readonly<Record<string, unknown>>]>([
    ["names of packages", {}, names],
    ["the name of an image", { packages: [], image: "web" }, { ...names, packages: "[]", image: "web" }],
    ["for arm64", { architecture: "arm64" }, { ...names, system: "aarch64-linux" }],
  ])("%s", async ([, options, texts], { directory }) => {
    const { isolation, calls } = recordedIsolation({ PATH: await writeFakeNix(directory, NIX) });
    await prepare(directory, {}, { ...options, isolation });
    expect(calls[0]?.program).toBe("nix-instantiate");
    const args = calls[0]?.args ?? [];
    expect(args.slice(0, 2)).toEqual(["--add-root", "/tmp/evaluation"]);
    const given = Object.entries(texts).flatMap(([name, value]) => ["--argstr", name, value]);
    expect(args.slice(args.indexOf("--argstr"), args.indexOf("location") - 1)).toEqual(given);
  });

  test("with access to the expressions for images, and to no other file of ours", async ({ directory }) => {
    const { isolation, calls } = recordedIsolation({ PATH: await writeFakeNix(directory, NIX) });
    await prepare(directory, {}, { isolation });
    const imports = ["package-outputs.nix", "package-metadata.nix", "image-options.nix", "rooted.nix"];
    const files = ["prepare-image.nix", "load-packages.nix", ...imports];
    const folder = join(import.meta.dirname, "../../../nix");
    expect(calls[0]?.sight?.readable).toEqual(["/pkgs", ...files.map((file) => join(folder, file))]);
  });
});

test("Nix realises the packages, with a link for the garbage collector", async ({ directory }) => {
  const { isolation, calls } = recordedIsolation({ PATH: await writeFakeNix(directory, NIX) });
  await prepare(directory, {}, { isolation });
  const link = join(directory, "spool/closure");
  const only = ["--option", "substitute", "false", "--log-format", "internal-json"];
  const realise = ["--realise", ...only, "--add-root", link, "--", `${GIT_DERIVATION}!out`];
  const programs = calls.slice(1).map(({ program, args }) => [program, ...args]);
  expect(programs).toEqual([
    ["nix-store", "--serve", "--write"],
    ["nix-store", ...realise],
  ]);
});

describe("a store path that Nix's garbage collector removed between evaluating and realising", () => {
  const vanished = (words: string) =>
    `echo try >>"$HOME/tries"; [ "$(wc -l <"$HOME/tries")" -ge "$ENOUGH" ] || { echo "error: ${words}" >&2; exit 1; }`;
  const run = (directory: string, words: string, enough: number) => {
    const env = { PATH: `${directory}/bin:/usr/bin:/bin`, HOME: directory, ENOUGH: String(enough) };
    return prepare(directory, { realise: vanished(words) }, { isolation: withoutIsolation(env) });
  };

  test.for([
    `cannot build missing derivation '${GIT_DERIVATION}'`,
    `failed to obtain derivation of '${GIT_DERIVATION}'`,
    `path '${GIT_DERIVATION}' is not valid`,
    `path '${GIT_DERIVATION}' is required, but there is no substituter that can build it`,
  ])("is evaluated again: %s", async (words, { directory }) => {
    expect(await run(directory, words, 3)).toEqual({ packages: [PACKAGE], closure: CLOSURE });
  });

  test("is evaluated three times at most", async ({ directory }) => {
    const error = await rejection(run(directory, `path '${GIT}' is not valid`, 4));
    expect(error).toMatchObject({ message: "building git/htop failed: path 'git-2.51.0' is not valid" });
  });

  test("is no reason to repeat other failures", async ({ directory }) => {
    await rejection(run(directory, `build of '${GIT_DERIVATION}' failed`, 2));
    expect(await readFile(join(directory, "tries"), "utf8")).toBe("try\n");
  });
});

describe("impossible output of nix-store is an internal error", () => {
  test.for([
    ["no store path for a package", { realised: [] }, "nix-store --realise gave 0 paths for 1"],
    ["a link to a path outside of the store", { realised: ["/etc"] }, "nix-store --realise gave 1 paths for 1"],
    [
      "a closure outside of the store",
      { closure: [{ path: "/etc", narSize: 1, references: [] }] },
      'nix-store --serve answered with something unexpected: "/etc"',
    ],
  ] as const)("%s", async ([, scripts, message], { directory }) => {
    const error = await rejection(prepare(directory, scripts));
    expect(error).not.toBeInstanceOf(OciError);
    expect(error).toMatchObject({ message });
  });
});

describe("an invalid answer of the evaluation is the package set's mistake", () => {
  test.for([
    ["no JSON", { evaluate: "echo hello" }, 'the package set gives "hello" instead of JSON'],
    ["nothing", { evaluate: ":" }, 'the package set gives "" instead of JSON'],
    [
      "another derivation's path",
      { evaluation: { ...EVALUATION, found: [{ ...FOUND, path: GIT.replace("git-2.51.0", "bash") }] } },
      "a package claims to be bash, but its derivation gives git-2.51.0",
    ],
  ] as const)("%s", async ([, scripts, message], { directory }) => {
    const error = await rejection(prepare(directory, scripts));
    expect(error).toBeInstanceOf(OciError);
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });
});

test("an abort by the origin is not a build failure", async ({ directory }) => {
  const stop = new AbortController();
  const { onEvent, lines } = recordEvents();
  const run = rejection(
    prepare(directory, { realise: "echo ready >&2; sleep 1000" }, { signal: stop.signal, onEvent }),
  );
  await until(() => lines().length > 0);
  stop.abort(new Error("the origin is stopping"));
  const error = await run;
  expect(error).not.toBeInstanceOf(OciError);
  expect(error).toMatchObject({ message: "the origin is stopping" });
});

describe("with a binary cache", () => {
  const withCache = (directory: string) => {
    const { isolation, calls } = recordedIsolation({ PATH: `${directory}/bin:/usr/bin:/bin` });
    return { calls, isolation: { ...isolation, caches: async () => ["http://cache.example"] } };
  };
  const slowPlan = 'case "$*" in *--dry-run*) sleep 2; exit 0 ;; esac';

  test("the time limit does not count the time of downloads", async ({ directory }) => {
    const { isolation } = withCache(directory);
    const nix = { timeoutS: 1 };
    expect(await prepare(directory, { realise: slowPlan }, { isolation, nix })).toMatchObject({ closure: CLOSURE });
  });

  test("Nix downloads nothing and builds nothing after the downloads", async ({ directory }) => {
    const { isolation, calls } = withCache(directory);
    await prepare(directory, { realise: slowPlan.replace("sleep 2; ", "") }, { isolation });
    const realise = calls.filter(({ args }) => args[0] === "--realise").map(({ args }) => args.join(" "));
    expect(realise[0]).toContain("--dry-run");
    expect(realise[1]).toContain("--option substitute false --max-jobs 0");
  });

  test("Nix begins again if a path has vanished since it made its plan", async ({ directory }) => {
    const { isolation, calls } = withCache(directory);
    const once = `if ! [ -e ${directory}/again ]; then touch ${directory}/again; exit 1; fi`;
    const realise = `${slowPlan.replace("sleep 2; ", "")}; ${once}`;
    expect(await prepare(directory, { realise }, { isolation })).toMatchObject({ closure: CLOSURE });
    expect(calls.filter(({ args }) => args.includes("--dry-run"))).toHaveLength(2);
  });
});

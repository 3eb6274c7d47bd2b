import { describe, expect } from "vitest";
import { createKeptParts } from "../../../origin/package-index/kept-parts.ts";
import { test } from "../fixtures.ts";
import { LIMITS, list, NAMES } from "./scripted-nix.ts";

const HASH = "0".repeat(32);
const NAMED = { hasOutcomes: true };
const output = (name: string, path = `/nix/store/${HASH}-${name}`) =>
  JSON.stringify({ derivation: `/nix/store/${HASH}-${name}.drv`, output: "out", path });
const at = (index: number) => `tell '{"at":[${index}]}'`;
const outputs = (...all: string[]) => `tell '{"outputs":[${all.join(",")}]}'`;
const metadata = (told: object) => `tell '${JSON.stringify({ metadata: told })}'`;
const outcome = (word: string) => `tell '{"outcome":"${word}"}'`;
/** The argument with which Nix is asked for the reason of a failure. */
const asked = (name: string) => `"[\\"${name}\\"]"`;

/** The entry of the first attribute, `a`, if these commands look at it. */
async function entryOf(directory: string, commands: string, more: Readonly<Record<string, string>> = {}) {
  const rest = [1, 2].map((index) => `${at(index)}; ${outcome("foreign")}`).join("; ");
  const script = { "[]": `${NAMES}; ${at(0)}; ${commands}; ${rest}`, ...more };
  const { listing, calls } = await list(directory, script, NAMED);
  return { entry: (await listing).entries.get("a"), calls };
}

describe("an entry says what a pull gives:", () => {
  test.for<[what: string, commands: string, entry: object]>([
    ["a package", outputs(output("a")), { kind: "package", attribute: "a", paths: [`/nix/store/${HASH}-a`] }],
    [
      "several outputs",
      outputs(output("a"), output("a-man")),
      { kind: "package", attribute: "a", paths: [`/nix/store/${HASH}-a`, `/nix/store/${HASH}-a-man`] },
    ],
    [
      "a package with its metadata",
      `${outputs(output("a"))}; ${metadata({ license: ["MIT"], homepage: ["https://a.example"], cpe: "?" })}`,
      {
        kind: "package",
        attribute: "a",
        paths: [`/nix/store/${HASH}-a`],
        metadata: { licenses: [{ id: "MIT" }], homepage: "https://a.example/", debian: [] },
      },
    ],
    [
      "a package of which the set tells nothing",
      `${outputs(output("a"))}; ${metadata({})}`,
      { kind: "package", attribute: "a", paths: [`/nix/store/${HASH}-a`] },
    ],
    ["metadata without a package", `${outcome("foreign")}; ${metadata({ license: "MIT" })}`, { kind: "foreign" }],
    ["no package", outcome("unsuitable"), { kind: "unsuitable" }],
    ["a package for another platform", outcome("foreign"), { kind: "foreign" }],
    ["a path outside the store", outputs(output("a", "/etc/passwd")), { kind: "open" }],
    ["no outputs", outputs(), { kind: "open" }],
    ["too many outputs", outputs(...Array.from({ length: 1001 }, () => output("a"))), { kind: "open" }],
    ["nothing", ":", { kind: "open" }],
  ])("%s", async ([, commands, entry], { directory }) => {
    expect((await entryOf(directory, commands)).entry).toEqual(entry);
  });
});

describe("a failure is told in the words of a pull", () => {
  const failsWith = (reason: string) => ({ [asked("a")]: `fail '${reason}'` });

  test("that Nix is asked for after the walk, in the same process", async ({ directory }) => {
    const { entry, calls } = await entryOf(directory, outcome("failed"), failsWith("a was removed"));
    expect(entry).toEqual({ kind: "failed", reason: "a was removed" });
    expect(calls).toHaveLength(1);
  });

  test("without paths of this machine", async ({ directory }) => {
    const { entry } = await entryOf(directory, outcome("failed"), failsWith("no file /pkgs/x.nix"));
    expect(entry).toEqual({ kind: "failed", reason: "no file SOURCE/x.nix" });
  });

  test("with advice", async ({ directory }) => {
    const reason = "Package ‘a-1’ in /pkgs/x.nix:1 is marked as broken, refusing to evaluate.";
    const advice = "the operator can allow it with CORNICE_ALLOW_BROKEN=true";
    const { entry } = await entryOf(directory, outcome("failed"), failsWith(reason));
    expect(entry).toEqual({ kind: "failed", reason: `a-1 is marked as broken; ${advice}` });
  });

  test("if it ends the walk, too", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; ${at(0)}; fail 'infinite recursion encountered'`,
      [asked("a")]: "fail 'infinite recursion encountered'",
      "[1]": `${at(1)}; ${outcome("foreign")}`,
    };
    const { listing, onFailure } = await list(directory, script, NAMED);
    expect((await listing).entries.get("a")).toEqual({ kind: "failed", reason: "infinite recursion encountered" });
    expect(onFailure.mock.calls).toEqual([["a", "infinite recursion encountered"]]);
  });

  test("only the description fails", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; ${at(0)}; tell '{"package":"1"}'; fail 'no description'`,
      [asked("a")]: outputs(output("a")),
      "[1]": ":",
    };
    const { listing } = await list(directory, script, NAMED);
    const { entries, packages } = await listing;
    expect(entries.get("a")).toMatchObject({ kind: "package" });
    expect(packages).toEqual([["a", "1", ""]]);
  });
});

describe("an evaluation must tell", () => {
  test.for<[when: string, reason: string, options: object]>([
    ["if it may fetch, because a fetch can succeed later", "unable to download", { nix: { allowedUris: "https://x" } }],
    ["if it may build", "no such attribute", { nix: { allowIfd: true } }],
    ["if there was too little memory", "out of memory", {}],
    ["if the reason is endless", `Package ‘${"x".repeat(5000)}’ in /x.nix:1 is marked as broken`, {}],
  ])("%s", async ([, reason, options], { directory }) => {
    const script = { "[]": `${NAMES}; ${at(0)}; ${outcome("failed")}`, [asked("a")]: `fail '${reason}'` };
    const { listing } = await list(directory, script, { ...NAMED, ...options });
    expect((await listing).entries.get("a")).toEqual({ kind: "open" });
  });
});

describe("a large set has parts", () => {
  const names = Array.from({ length: 2500 }, (_, index) => `n${index}`);
  const walked = (from: number) => `${at(from)}; ${outcome("foreign")}`;
  const script = {
    "[]": `tell '${JSON.stringify({ names })}'; ${walked(0)}`,
    "[1000]": walked(1000),
    "[2000]": walked(2000),
  };

  test("that are walked by several processes, each with its share of the memory", async ({ directory }) => {
    const limits = { ...LIMITS, processes: 2 };
    const { listing, calls } = await list(directory, script, { ...NAMED, limits });
    const { entries, sets } = await listing;
    expect(calls.map(({ sight }) => sight?.memoryMib)).toEqual([500, 500, 500]);
    for (const name of ["n0", "n1000", "n2000"]) expect(entries.get(name)).toEqual({ kind: "foreign" });
    expect([entries.size, sets.get("")]).toEqual([2500, names]);
  });

  test("that the next run does not walk again", async ({ directory }) => {
    const kept = createKeptParts(directory, "k");
    const stopped = await list(directory, { ...script, "[2000]": "fail 'no set'" }, { ...NAMED, kept });
    await expect(stopped.listing).rejects.toThrow("the package set cannot be evaluated: no set");
    const { listing, calls } = await list(directory, script, { ...NAMED, kept });
    expect((await listing).entries.size).toBe(2500);
    expect(calls).toHaveLength(1);
  });
});

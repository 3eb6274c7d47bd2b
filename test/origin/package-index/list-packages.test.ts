import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { IndexError } from "../../../origin/package-index/index-error.ts";
import { rejection, test, until } from "../fixtures.ts";
import { LIMITS, list, NAMES } from "./scripted-nix.ts";

const row = (name: string) => [name, "1", "d"];

describe("Nix is run", () => {
  test("with the source, as for a build, and with limits", async ({ directory }) => {
    const { packages, calls } = await list(directory, { "[]": NAMES });
    expect(await packages).toEqual([]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.program).toBe("nix");
    expect(calls[0]?.args).toEqual(expect.arrayContaining(["repl", "restrict-eval"]));
    const imports = ["package-outputs.nix", "package-metadata.nix"];
    const files = ["list-packages.nix", "load-packages.nix", ...imports].map((file) =>
      join(import.meta.dirname, "../../../nix", file),
    );
    const readable = ["/pkgs", ...files];
    expect(calls[0]?.sight).toEqual({
      readable,
      owner: undefined,
      network: false,
      git: false,
      memoryMib: 1000,
      isLowPriority: true,
    });
  });

  test("again for the rest of the set", async ({ directory }) => {
    const script = { "[]": `${NAMES}; found '[0]'; tell '{"more":[1]}'`, "[1]": "found '[1]'; found '[2]'" };
    const { packages, onProgress } = await list(directory, script);
    expect(await packages).toEqual([row("a"), row("b"), row("c")]);
    expect(onProgress.mock.calls).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("again, but once, at an attribute that may have had too little memory", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; found '[0]'; tell '{"at":[1]}'; fail 'out of memory'`,
      "[1]": `found '[1]'; tell '{"at":[2]}'; kill -9 $$`,
      "[2]": `tell '{"at":[2]}'; kill -9 $$`,
      "[3]": ":",
    };
    const { packages, onFailure } = await list(directory, script);
    expect(await packages).toEqual([row("a"), row("b")]);
    expect(onFailure.mock.calls).toEqual([["c", expect.stringContaining("ended with SIGKILL")]]);
  });
});

describe("the same Nix goes on", () => {
  test("after an attribute that cannot be evaluated", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; found '[0]'; tell '{"at":[1]}'; fail 'infinite recursion encountered'`,
      "[2]": "found '[2]'",
    };
    const { packages, onFailure, calls } = await list(directory, script);
    expect(await packages).toEqual([row("a"), row("c")]);
    expect(onFailure.mock.calls).toEqual([["b", "infinite recursion encountered"]]);
    expect(calls).toHaveLength(1);
  });

  test("after an attribute of an inner set", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; tell '{"at":[1]}' '{"names":["x","y"]}' '{"at":[1,0]}'; fail 'no'`,
      "[1,1]": `tell '{"at":[1]}'; found '[1,1]'`,
    };
    const { packages, onFailure, calls } = await list(directory, script);
    expect(await packages).toEqual([row("b.y")]);
    expect(onFailure.mock.calls).toEqual([["b.x", "no"]]);
    expect(calls).toHaveLength(1);
  });

  test("with the reason of each failure", async ({ directory }) => {
    const script = {
      "[]": `${NAMES}; tell '{"at":[0]}'; fail 'first'`,
      "[1]": `tell '{"at":[1]}'; fail 'second'`,
      "[2]": "found '[2]'",
    };
    const { packages, onFailure } = await list(directory, script);
    expect(await packages).toEqual([row("c")]);
    expect(onFailure.mock.calls).toEqual([
      ["a", "first"],
      ["b", "second"],
    ]);
  });
});

test("a package whose description alone fails is listed without it", async ({ directory }) => {
  const script = { "[]": `${NAMES}; tell '{"at":[0]}' '{"package":"1"}'; fail 'no'`, "[1]": ":" };
  const { packages, onFailure } = await list(directory, script);
  expect(await packages).toEqual([["a", "1", ""]]);
  expect(onFailure).not.toHaveBeenCalled();
});

test("an attribute that never ends is left out after a minute", async ({ directory, onTestFinished }) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const script = { "[]": `${NAMES}; tell '{"at":[0]}'; sleep 1000`, "[1]": "found '[1]'" };
  const { packages, onProgress, onFailure } = await list(directory, script);
  await until(() => onProgress.mock.calls.length > 0);
  vi.advanceTimersByTime(60_000);
  expect(await packages).toEqual([row("b")]);
  expect(onFailure.mock.calls).toEqual([["a", "it takes too long"]]);
});

describe("there is no list", () => {
  test("if the source is not a package set", async ({ directory }) => {
    const { listing } = await list(directory, { "[]": "fail 'value is a string while a set was expected'" });
    const error = await rejection(listing);
    expect(error).toBeInstanceOf(IndexError);
    expect(error).toMatchObject({
      message: "the package set cannot be evaluated: value is a string while a set was expected",
    });
  });

  test("after the time limit", async ({ directory }) => {
    const limits = { ...LIMITS, timeoutS: 1 };
    const { listing } = await list(directory, { "[]": `${NAMES}; sleep 1000` }, { limits });
    expect(await rejection(listing)).toMatchObject({
      name: "IndexError",
      message: "listing the packages took longer than 1 s; raise CORNICE_INDEX_TIMEOUT",
    });
  });

  test("if the caller aborts", async ({ directory }) => {
    const stop = new AbortController();
    const { listing, onProgress } = await list(
      directory,
      { "[]": `${NAMES}; tell '{"at":[0]}'; sleep 1000` },
      { signal: stop.signal },
    );
    const stopped = rejection(listing);
    await until(() => onProgress.mock.calls.length > 0);
    stop.abort(new Error("enough"));
    expect(await stopped).toMatchObject({ message: "enough" });
  });
});

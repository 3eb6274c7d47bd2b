import { expect, test } from "vitest";
import { parseDisks } from "../../../origin/disks/settings.ts";
import { Settings } from "../../../origin/system/settings.ts";

function parse(env: Readonly<Record<string, string>>) {
  const settings = new Settings(env);
  return { ...parseDisks(settings), problems: settings.problems };
}

test("by default, the origin leaves the Nix store alone, and needs a gibibyte of free space", () => {
  expect(parse({})).toEqual({ maxNixStoreBytes: undefined, minFreeBytes: 2 ** 30, problems: [] });
});

test("the limits have their own units", () => {
  const env = { CORNICE_NIX_STORE_GIB: "50", CORNICE_MIN_FREE_MIB: "0" };
  expect(parse(env)).toEqual({ maxNixStoreBytes: 50 * 2 ** 30, minFreeBytes: 0, problems: [] });
});

test.each(["0", "a lot", "2000000"])("a store cannot have %s GiB", (text) => {
  expect(parse({ CORNICE_NIX_STORE_GIB: text }).problems).toHaveLength(1);
});

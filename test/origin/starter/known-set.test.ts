import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { formatKnown, knownFile, knownSet, stateKey } from "../../../origin/starter/known-set.ts";
import { test, writeTree } from "../fixtures.ts";

const SET = { revision: "a".repeat(64), mirrors: { "Debian/bookworm": "http://a/" } };

test("the state changes with apt's state and with the expressions", async ({ directory }) => {
  await writeTree(directory, { "default.nix": "{ }" });
  const keys = [await stateKey(["apt"], [directory]), await stateKey(["another"], [directory])];
  await writeFile(join(directory, "default.nix"), "{ a = 1; }");
  keys.push(await stateKey(["apt"], [directory]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(await stateKey(["apt"], [directory])).toBe(keys[2]);
});

describe("the set of a state", () => {
  test("is known while its folder is there", async ({ directory }) => {
    await writeTree(directory, { [`${SET.revision}/`]: "" });
    await writeFile(knownFile(directory), formatKnown("state", SET));
    expect(await knownSet(directory, "state")).toEqual(SET);
    expect(await knownSet(directory, "another")).toBeUndefined();
    await rm(join(directory, SET.revision), { recursive: true });
    expect(await knownSet(directory, "state")).toBeUndefined();
  });

  test.for([
    "",
    "{",
    '{"state":"state","revision":"../x","mirrors":{}}',
    '{"state":"state"}',
    // An older release wrote no mirrors.
    `{"state":"state","revision":"${SET.revision}"}`,
  ])("is not known from the file %j", async (text, { directory }) => {
    await writeTree(directory, { [`${SET.revision}/`]: "" });
    if (text !== "") await writeFile(knownFile(directory), text);
    expect(await knownSet(directory, "state")).toBeUndefined();
  });
});

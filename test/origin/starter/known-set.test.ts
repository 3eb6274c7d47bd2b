import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { formatKnown, knownFile, knownRevision, stateKey } from "../../../origin/starter/known-set.ts";
import { test, writeTree } from "../fixtures.ts";

const REVISION = "a".repeat(64);

async function setUp(directory: string) {
  await writeTree(directory, { list: "Package: git\n", "expressions/default.nix": "{ }" });
  const file = join(directory, "list");
  const folders = [join(directory, "expressions")];
  const lists = { architecture: "amd64", targets: [{ file, mirror: "http://a/", archive: "Debian/bookworm" }] };
  return { file, folders, lists, key: () => stateKey(lists, folders) };
}

describe("the state of apt's lists", () => {
  test("is the same as long as nothing changes, with any mirror", async ({ directory }) => {
    const { lists, folders, key } = await setUp(directory);
    const targets = lists.targets.map((target) => ({ ...target, mirror: "http://b/" }));
    expect(await stateKey({ ...lists, targets }, folders)).toBe(await key());
  });

  test("changes with a list, its time, the architecture and the expressions", async ({ directory }) => {
    const { file, folders, lists, key } = await setUp(directory);
    const keys = [await key(), await stateKey({ ...lists, architecture: "arm64" }, folders)];
    await utimes(file, 1, 1);
    keys.push(await key());
    await writeFile(file, "Package: htop\n");
    keys.push(await key());
    await writeFile(join(directory, "expressions/default.nix"), "{ a = 1; }");
    keys.push(await key());
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("the revision of a state", () => {
  test("is known while its folder is there", async ({ directory }) => {
    await writeTree(directory, { [`${REVISION}/`]: "" });
    await writeFile(knownFile(directory), formatKnown("state", REVISION));
    expect(await knownRevision(directory, "state")).toBe(REVISION);
    expect(await knownRevision(directory, "another")).toBeUndefined();
    await rm(join(directory, REVISION), { recursive: true });
    expect(await knownRevision(directory, "state")).toBeUndefined();
  });

  test.for(["", "{", '{"state":"state","revision":"../x"}', '{"state":"state"}'])(
    "is not known from the file %j",
    async (text, { directory }) => {
      if (text !== "") await writeFile(knownFile(directory), text);
      expect(await knownRevision(directory, "state")).toBeUndefined();
    },
  );
});

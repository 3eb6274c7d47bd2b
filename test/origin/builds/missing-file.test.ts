import { join } from "node:path";
import { expect } from "vitest";
import { explainMissingFile } from "../../../origin/builds/missing-file.ts";
import { outage } from "../../../origin/builds/outage.ts";
import { PackingError } from "../../../origin/packing/packer.ts";
import { test, writeTree } from "../fixtures.ts";

const failure = (code: string) => new PackingError({ message: "lstat", code });

test.for<[string, Error, readonly string[], string]>([
  ["a file is missing, and a store path is gone", failure("ENOENT"), ["a", "gone"], "UNAVAILABLE"],
  ["a file is missing, but all store paths are there", failure("ENOENT"), ["a", "link"], "UNKNOWN"],
  ["a file cannot be read", failure("EIO"), ["a", "link"], "UNAVAILABLE"],
])("%s", async ([, error, names, code], { directory }) => {
  await writeTree(directory, { "a/x": "", link: { link: "nowhere" } });
  const closure = names.map((name) => ({ path: join(directory, name), narSize: 0, references: [] }));
  expect(outage(await explainMissingFile(error, { closure }))).toMatchObject({ code });
});

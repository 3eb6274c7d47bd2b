import { join } from "node:path";
import { expect } from "vitest";
import { type ImageRoot, readImageRoot } from "../../../image/root/image-root.ts";
import { test, type TreeNode, writeTree } from "../../origin/fixtures.ts";

/** Of packages by their names, which are requested all. */
async function rootOf(
  directory: string,
  trees: Readonly<Record<string, Readonly<Record<string, TreeNode>>>>,
): Promise<ImageRoot> {
  for (const [name, tree] of Object.entries(trees)) await writeTree(join(directory, name), tree);
  const names = Object.keys(trees);
  return readImageRoot({
    packages: names.map((name) => ({ name, attribute: name, path: join(directory, name), requested: true })),
    closure: names.map((name) => ({ path: join(directory, name), narSize: 0, references: [] })),
  });
}

test("packages make the root, in order of precedence", async ({ directory }) => {
  const { entries, clashes } = await rootOf(directory, { b: { "bin/x": "" }, a: { "bin/x": "" } });
  const [winner, loser] = ["a/bin/x", "b/bin/x"].map((name) => join(directory, name));
  expect(entries).toContainEqual({ type: "symlink", name: "bin/x", target: winner });
  expect(clashes).toEqual([{ path: "bin/x", winner, loser }]);
});

test.for<[boolean, Record<string, string>]>([
  [true, { "bin/bash": "" }],
  [false, { "bin/dash": "" }],
])("whether there is a shell: %j", async ([hasShell, tree], { directory }) => {
  expect((await rootOf(directory, { a: {}, b: tree })).hasShell).toBe(hasShell);
});

test.for<[boolean, Record<string, string>]>([
  [true, { "etc/ssl/certs/ca-bundle.crt": "" }],
  [false, { "etc/ssl/certs/other.crt": "" }],
])("whether there are certificates: %j", async ([hasCertificates, tree], { directory }) => {
  expect((await rootOf(directory, { a: {}, b: tree })).hasCertificates).toBe(hasCertificates);
});

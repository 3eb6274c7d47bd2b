import { expect, test } from "vitest";
import { type ImageRoot, imageRoot } from "../../../image/root/image-root.ts";
import { packageRoots } from "../../../image/root/package-roots.ts";
import { storeOf, storePath, type Trees } from "./store.ts";

/** The root of packages, which are all requested. */
function rootOf(trees: Trees): ImageRoot {
  const { files } = storeOf(trees);
  const names = Object.keys(trees);
  const packages = names.map((name) => ({ name, attribute: name, path: storePath(name), requested: true }));
  const closure = names.map((name) => ({ path: storePath(name), narSize: 0, references: [] }));
  return imageRoot(packageRoots({ packages, closure }, files), files);
}

test("packages make the root, in order of precedence", () => {
  const { entries, clashes } = rootOf({ b: { "bin/x": "" }, a: { "bin/x": "" } });
  const [winner, loser] = ["a/bin/x", "b/bin/x"].map(storePath);
  expect(entries).toContainEqual({ type: "symlink", name: "bin/x", target: winner });
  expect(clashes).toEqual([{ path: "bin/x", winner, loser }]);
});

test.for<[boolean, Record<string, string>]>([
  [true, { "bin/bash": "" }],
  [false, { "bin/dash": "" }],
])("whether there is a shell: %j", ([hasShell, tree]) => {
  expect(rootOf({ a: {}, b: tree }).hasShell).toBe(hasShell);
});

test.for<[boolean, Record<string, string>]>([
  [true, { "etc/ssl/certs/ca-bundle.crt": "" }],
  [false, { "etc/ssl/certs/other.crt": "" }],
])("whether there are certificates: %j", ([hasCertificates, tree]) => {
  expect(rootOf({ a: {}, b: tree }).hasCertificates).toBe(hasCertificates);
});

import { expect, test } from "vitest";
import { joinBundles } from "../../../image/assembly/join-bundles.ts";
import { pathOf } from "../layers/grouping.ts";
import { bundleOf } from "./known-packages.ts";

test("a path, a layer or a tree of several bundles is there once", async () => {
  const [git, bash] = [await bundleOf("git"), await bundleOf("bash")];
  const { closure, solos, trees } = joinBundles([git, bash, git]);
  expect(closure).toEqual([...git.closure, bash.closure[0]]);
  expect(new Set(solos.keys())).toEqual(new Set([...git.solos.keys(), pathOf("bash")]));
  expect(trees.size).toBe(git.trees.size + bash.trees.size);
});

test("popularity has the shares of all packages", async () => {
  const bundle = await bundleOf("bash");
  const shares = (name: string, share: number) => ({
    ...bundle,
    popularity: { packages: new Map([[name, share]]), roots: new Map([[`${name}-root`, share]]) },
  });
  expect(joinBundles([shares("a", 0.1), shares("b", 0.2)]).popularity).toEqual({
    packages: new Map([
      ["a", 0.1],
      ["b", 0.2],
    ]),
    roots: new Map([
      ["a-root", 0.1],
      ["b-root", 0.2],
    ]),
  });
});

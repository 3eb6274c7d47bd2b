import { expect, test } from "vitest";
import { isBundleOf } from "../../../image/bundles/bundle-of.ts";
import { rootOf, storePath } from "../layers/grouping.ts";

const [GIT, PERL, ZLIB] = [storePath("git", 3, ["perl", "zlib"]), storePath("perl", 2), storePath("zlib", 1)];
const OTHER = storePath("other", 1);

test("a package's own bundle has what its outputs reach", () => {
  expect(isBundleOf({ closure: [GIT, PERL, ZLIB] }, [rootOf("git")])).toBe(true);
  expect(isBundleOf({ closure: [GIT, PERL, ZLIB, OTHER] }, [rootOf("git"), rootOf("other")])).toBe(true);
});

test.each([
  ["another package", [OTHER]],
  ["a package that needs this one", [storePath("top", 4, ["git"]), GIT, PERL, ZLIB]],
  ["a part of its closure", [GIT, PERL]],
  ["nothing", []],
])("a bundle of %s is none of the package", (_, closure) => {
  expect(isBundleOf({ closure }, [rootOf("git")])).toBe(false);
});

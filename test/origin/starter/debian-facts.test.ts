import { describe, expect, test } from "vitest";
import { debianFacts, distributionOf } from "../../../origin/starter/debian-facts.ts";
import { parseDebianPaths } from "../../../origin/starter/debian-paths.ts";
import { buildStarterIndex } from "../../../origin/starter/starter-index.ts";
import { debianPackage, packageMap } from "./debian-package.ts";

describe("the source package", () => {
  const libc = debianPackage("libc6", { version: "1:2.41-12+b1" });

  test.each([
    ["", "libc6", "1:2.41-12+b1"],
    ["glibc", "glibc", "1:2.41-12+b1"],
    ["glibc (1:2.41-12)", "glibc", "1:2.41-12"],
    ["of no form", "libc6", "1:2.41-12+b1"],
  ])("of the field %j is %s, version %s", (source, name, version) => {
    expect(debianFacts({ ...libc, source })).toEqual({
      version: "1:2.41-12+b1",
      architecture: "amd64",
      source: { name, version },
    });
  });

  test("has the homepage beside it, if there is one", () => {
    const homepage = "https://libc.example";
    expect(debianFacts({ ...libc, homepage })).toEqual({ ...debianFacts(libc), homepage });
  });
});

test.each([
  [["13.1", "13", "13-updates"], { id: "debian", version: "13" }],
  [["12.15"], { id: "debian", version: "12" }],
  [["12.15", "13.1"], undefined],
  [["13.1", ""], undefined],
  [[""], undefined],
  [[], undefined],
])("the lists of the releases %j are of %j", (releases, distribution) => {
  expect(distributionOf(releases)).toEqual(distribution);
});

describe("the index of a starter set", () => {
  const libc = debianPackage("libc6", { version: "1:2.41~rc1-12", source: "glibc (2.41-1)", depends: "libgcc-s1" });
  const homepage = "https://gcc.example";
  const libgcc = debianPackage("libgcc-s1", { depends: "libc6", architecture: "all", homepage });
  const { index } = buildStarterIndex(
    { system: "x86_64-linux", runsPrograms: true },
    packageMap(libc, libgcc, debianPackage("dash")),
    {
      attributes: [{ path: "libc", debs: ["libc6"], programs: [] }],
      fixes: { links: {}, steps: [], finish: [], accounts: [] },
      policy: { dropped: [], cut: [], added: {}, together: [] },
    },
  );
  const distribution = { id: "debian", version: "13" };

  test("tells the exact packages of each store path by its name", () => {
    const { packages, homepages, ...rest } = parseDebianPaths(JSON.stringify({ ...index, distribution }));
    expect(rest).toEqual({ distribution });
    expect([...homepages]).toEqual([["libc6-2.41_rc1-12", "https://gcc.example/"]]);
    expect([...packages.keys()]).toEqual(["dash-1.0-1", "libc6-2.41_rc1-12"]);
    expect(packages.get("libc6-2.41_rc1-12")).toEqual([
      { name: "libc6", ...debianFacts(libc) },
      { name: "libgcc-s1", ...debianFacts({ ...libgcc, homepage: "" }) },
    ]);
  });

  test.each([
    ["no index", "no JSON"],
    ["an index without groups", "{}"],
    [
      "an older index",
      JSON.stringify({ groups: { libc6: { version: "1", debs: [{ name: "libc6", version: "1" }] } } }),
    ],
    ["groups of no form", JSON.stringify({ groups: { a: 1, b: { version: 2 }, c: { version: "1", debs: [null] } } })],
  ])("tells nothing if it is %s", (_, json) => {
    expect(parseDebianPaths(json)).toEqual({ distribution: undefined, packages: new Map(), homepages: new Map() });
  });
});

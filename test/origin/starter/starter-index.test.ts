import { describe, expect, it } from "vitest";

import { type DebianPackage } from "../../../origin/starter/package-list.ts";
import { buildStarterIndex, type StarterTables, type Target } from "../../../origin/starter/starter-index.ts";
import { debianPackage, packageMap } from "./debian-package.ts";

const BASE = [
  debianPackage("libc6", { depends: "libgcc-s1", installedSize: 100, version: "2.36-9+deb12u10" }),
  debianPackage("libgcc-s1", { depends: "libc6 (>= 2.35)" }),
  debianPackage("dash", { preDepends: "libc6, dpkg" }),
  debianPackage("dpkg", { depends: "libc6" }),
];

const TABLES: StarterTables = {
  attributes: [{ path: "htop", debs: ["htop"], programs: [] }],
  fixes: { links: {}, steps: [], finish: [], accounts: [] },
  policy: { dropped: ["dpkg"], cut: [], added: {}, together: [] },
};

const HERE: Target = { system: "x86_64-linux", runsPrograms: true };

function build(packages: readonly DebianPackage[], tables: Partial<StarterTables> = {}, target = HERE) {
  return buildStarterIndex(target, packageMap(...BASE, ...packages), { ...TABLES, ...tables });
}

function policy(fields: Partial<StarterTables["policy"]>): Pick<StarterTables, "policy"> {
  return { policy: { ...TABLES.policy, ...fields } };
}

describe("buildStarterIndex", () => {
  it("makes one group of packages that need each other, with the biggest package's name", () => {
    const { index } = build([debianPackage("htop", { depends: "libgcc-s1" })]);
    expect(Object.keys(index.groups)).toEqual(["dash", "htop", "libc6"]);
    expect(index.groups["libc6"]).toMatchObject({ version: "2.36-9+deb12u10", dependencies: [] });
    expect(index.groups["libc6"]?.debs.map(({ name }) => name)).toEqual(["libc6", "libgcc-s1"]);
    expect(index.groups["htop"]?.dependencies).toEqual(["libc6"]);
  });

  it("lists the groups that come before the interpreters", () => {
    const { index } = build([debianPackage("htop", { depends: "libc6" })]);
    expect(index.interpreters).toEqual(["dash"]);
    expect(index.beforeInterpreters).toEqual(["dash", "libc6"]);
  });

  it("describes attributes, with a version that is valid in a store path", () => {
    const { index } = build([debianPackage("htop", { version: "1:3.2~rc1-2" })]);
    expect(index.attributes["htop"]).toEqual({
      pname: "htop",
      version: "3.2_rc1",
      description: "about htop",
      groups: ["htop"],
      programs: [],
    });
  });

  it("takes the first available alternative", () => {
    const htop = debianPackage("htop", { depends: "nowhere | second | third" });
    const { index } = build([htop, debianPackage("second"), debianPackage("third")]);
    expect(index.groups["htop"]?.dependencies).toEqual(["second"]);
  });

  it("leaves out an attribute without its package, and reports it", () => {
    const { index, omitted } = build([]);
    expect(index.attributes).toEqual({});
    expect(omitted).toEqual([{ path: "htop", reason: "Debian has no package htop" }]);
  });

  it("leaves out an attribute with an unmet dependency, direct or indirect", () => {
    const htop = debianPackage("htop", { depends: "middle" });
    const { index, omitted } = build([htop, debianPackage("middle", { depends: "gone (>= 2) | away" })]);
    expect(index.attributes).toEqual({});
    expect(Object.keys(index.groups)).toEqual(["dash", "libc6"]);
    expect(omitted).toEqual([{ path: "htop", reason: "middle needs gone | away" }]);
  });

  it("does not follow a dependency on a dropped package or its alternatives", () => {
    const htop = debianPackage("htop", { depends: "debconf | other, tool" });
    const packages = [htop, debianPackage("debconf"), debianPackage("other"), debianPackage("tool")];
    const { index } = build(packages, policy({ dropped: ["debconf", "dpkg"] }));
    expect(index.groups["htop"]?.dependencies).toEqual(["tool"]);
  });

  it("cuts and adds single dependencies, by pattern", () => {
    const htop = debianPackage("htop", { depends: "libx9, libc6" });
    const packages = [htop, debianPackage("libx9"), debianPackage("extra")];
    const { index } = build(
      packages,
      policy({ dropped: ["dpkg"], cut: [["htop", "libx#"]], added: { htop: ["extra"] } }),
    );
    expect(index.groups["htop"]?.dependencies).toEqual(["extra", "libc6"]);
  });

  it("joins packages that must be one store path", () => {
    const packages = [debianPackage("htop", { depends: "data, libc6" }), debianPackage("data", { installedSize: 9 })];
    const { index } = build(packages, policy({ together: [["data", "htop", "absent"]] }));
    expect(index.groups["data"]?.debs.map(({ name }) => name)).toEqual(["data", "htop"]);
    expect(index.attributes["htop"]?.groups).toEqual(["data"]);
  });

  it("gives a group its links, scripts and accounts, with the version and the machine filled in", () => {
    const { index } = build([debianPackage("lua5.4")], {
      attributes: [{ path: "lua", debs: ["lua#"], programs: [] }],
      fixes: {
        links: { "lua#": { "usr/bin/lua": "/usr/bin/lua#", "usr/lib/{triplet}/a": "/b" }, other: { a: "b" } },
        steps: ["lua#.sh", "other.sh"],
        finish: [],
        accounts: ["lua#.conf", "lua.conf"],
      },
    });
    expect(index.groups["lua5.4"]).toMatchObject({
      links: { "usr/bin/lua": "/usr/bin/lua5.4", "usr/lib/x86_64-linux-gnu/a": "/b" },
      steps: ["lua#.sh"],
      finish: [],
      accounts: ["lua#.conf"],
    });
  });

  it("gives the same bytes for any order of packages and attributes", () => {
    const packages = [debianPackage("htop", { depends: "a, b" }), debianPackage("b"), debianPackage("a")];
    const attributes = ["htop", "a", "b"].map((path) => ({ path, debs: [path], programs: [] }));
    const one = build(packages, { attributes });
    const other = build(packages.toReversed(), { attributes: attributes.toReversed() });
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });

  it("leaves out an attribute if a program must run in its build, and the machine cannot run it", () => {
    const packages = [debianPackage("htop", { depends: "graphviz" }), debianPackage("graphviz")];
    const tables = { fixes: { ...TABLES.fixes, finish: ["graphviz.sh"] } };
    expect(Object.keys(build(packages, tables).index.attributes)).toEqual(["htop"]);
    const { index, omitted } = build(packages, tables, { system: "aarch64-linux", runsPrograms: false });
    expect(index).toMatchObject({ system: "aarch64-linux", attributes: {} });
    expect(omitted).toEqual([{ path: "htop", reason: "a program of graphviz must run in its build" }]);
  });
});

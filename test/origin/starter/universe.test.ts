import { describe, expect, it } from "vitest";

import { Universe } from "../../../origin/starter/universe.ts";
import { debianPackage, packageMap } from "./debian-package.ts";

describe("Universe.find", () => {
  it("prefers the package with this name to packages that provide it", () => {
    const universe = new Universe(packageMap(debianPackage("a", { provides: "b" }), debianPackage("b")));
    expect(universe.find({ name: "b" })?.name).toBe("b");
  });

  it("chooses among providers by priority, then by name", () => {
    const gawk = debianPackage("gawk", { provides: "awk" });
    const mawk = debianPackage("mawk", { provides: "awk", priority: "required" });
    const busybox = debianPackage("busybox", { provides: "awk" });
    expect(new Universe(packageMap(gawk, mawk, busybox)).find({ name: "awk" })?.name).toBe("mawk");
    expect(new Universe(packageMap(gawk, busybox)).find({ name: "awk" })?.name).toBe("busybox");
  });

  it("takes only providers with a version for a relation with a version", () => {
    const universe = new Universe(
      packageMap(debianPackage("a", { provides: "api" }), debianPackage("b", { provides: "api (= 2)" })),
    );
    expect(universe.find({ name: "api", operator: ">=", version: "2" })?.name).toBe("b");
    expect(universe.find({ name: "api", operator: ">=", version: "3" })).toBeUndefined();
  });
});

describe("Universe.match", () => {
  const universe = new Universe(
    packageMap(debianPackage("lua5.4"), debianPackage("lua5.10"), debianPackage("lua5.4-dev"), debianPackage("g++-12")),
  );

  it.each([
    ["lua#", "lua5.10"],
    ["lua#-dev", "lua5.4-dev"],
    ["g++-#", "g++-12"],
    ["lua5.4", "lua5.4"],
    ["ruby#", undefined],
  ])("%s is %s", (pattern, name) => {
    expect(universe.match(pattern)?.name).toBe(name);
  });
});

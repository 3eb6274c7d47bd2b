import { expect, test } from "vitest";
import { createShareCounter, packageShares } from "../../popularity/package-shares.ts";

test("a package's share is the share of closures that contain it; packages are sorted by name", () => {
  const shares = packageShares([
    ["git", "glibc"],
    ["htop", "glibc", "glibc"],
    ["glibc", "Zlib"],
  ]);
  expect(Object.entries(shares)).toEqual([
    ["Zlib", 0.3333],
    ["git", 0.3333],
    ["glibc", 1],
    ["htop", 0.3333],
  ]);
});

test("closures may come one by one", () => {
  const counter = createShareCounter();
  expect([counter.closures, counter.shares()]).toEqual([0, {}]);
  counter.add(["glibc", "git"]);
  counter.add(new Set(["glibc"]));
  expect([counter.closures, counter.shares()]).toEqual([2, { git: 0.5, glibc: 1 }]);
});

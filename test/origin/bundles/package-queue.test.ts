import { describe, expect, test } from "vitest";
import type { BundleExtent } from "../../../origin/bundles/make-bundle.ts";
import { PackageQueue, type WaitingPackage } from "../../../origin/bundles/package-queue.ts";
import { storePath } from "../../image/layers/grouping.ts";

function waiting(key: string, extent: BundleExtent = "first", paths = 1): WaitingPackage {
  const closure = Array.from({ length: paths }, (_, index) => storePath(`${key}${index}`, 1));
  const never = () => Promise.reject(new Error("nobody asks"));
  return {
    key,
    package: { attribute: key, roots: [], closure },
    paths: { layer: () => ({ content: never }), tree: never },
    layers: { ensure: () => ({ packed: never(), stored: never() }), list: never },
    letGo: never,
    seen: 0,
    extent,
    isWritten: false,
  };
}

const keysOf = (packages: readonly WaitingPackage[]) => packages.map(({ key }) => key);

describe("the next package", () => {
  test("is the oldest one", () => {
    const queue = new PackageQueue();
    for (const key of ["a", "b"]) queue.add(waiting(key));
    expect(queue.next()?.key).toBe("a");
  });

  test("is one without any bundle, if there is one", () => {
    const queue = new PackageQueue();
    queue.add(waiting("a", "all"));
    queue.add(waiting("b"));
    expect(queue.next()?.key).toBe("b");
  });

  test("is none when all are removed", () => {
    const queue = new PackageQueue();
    const a = waiting("a");
    queue.add(a);
    queue.remove(a);
    expect([queue.next(), queue.get("a")]).toEqual([undefined, undefined]);
  });
});

describe("the oldest packages lose their places", () => {
  test("to too many packages", () => {
    const queue = new PackageQueue({ packages: 2, paths: 100 });
    const dropped = ["a", "b", "c", "d"].flatMap((key) => keysOf(queue.add(waiting(key))));
    expect([dropped, queue.get("a"), queue.get("c")?.key]).toEqual([["a", "b"], undefined, "c"]);
  });

  test("to packages with too many store paths", () => {
    const queue = new PackageQueue({ packages: 100, paths: 10 });
    queue.add(waiting("a", "first", 4));
    queue.add(waiting("b", "first", 4));
    expect(keysOf(queue.add(waiting("c", "first", 6)))).toEqual(["a"]);
    // Those that have left count no longer.
    expect(keysOf(queue.add(waiting("d", "first", 0)))).toEqual([]);
  });

  test("but not the one under way, nor the new one", () => {
    const queue = new PackageQueue({ packages: 100, paths: 10 });
    queue.add(waiting("a", "first", 4));
    queue.add(waiting("b", "first", 4));
    queue.next();
    expect(keysOf(queue.add(waiting("c", "first", 50)))).toEqual(["b"]);
    expect([queue.get("a")?.key, queue.get("c")?.key]).toEqual(["a", "c"]);
  });
});

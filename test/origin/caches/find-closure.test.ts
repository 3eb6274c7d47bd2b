import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { CachedPath } from "../../../origin/caches/cached-path.ts";
import { findClosure } from "../../../origin/caches/find-closure.ts";
import { rejection } from "../fixtures.ts";
import { pathOf } from "./signed-path.ts";

const { signal } = new AbortController();
const archive = { cache: "", url: "file:///x", headers: {}, compression: "none", fileSize: undefined } as const;

function described(path: string, references: readonly string[]): CachedPath {
  return { path, references, narSize: 1, narHash: "a".repeat(64), cache: { address: "", key: undefined }, archive };
}

/** A cache that has these paths. Counts the look-ups of each. */
function cacheOf(tree: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const find = async (path: string) => {
    asked.push(path);
    await setTimeout(1);
    const references = tree[path];
    return references && described(path, references);
  };
  return { asked, find };
}

const [A, B, C, D] = [pathOf("a", 1), pathOf("b", 2), pathOf("c", 3), pathOf("d", 4)];

describe("a closure", () => {
  test.each([
    ["of nothing", {}, [], [], []],
    ["of one path", { [A]: [] }, [A], [A], []],
    ["of a path that names itself", { [A]: [A] }, [A], [A], []],
    ["of two roots that share a path", { [A]: [C], [B]: [C], [C]: [] }, [B, A], [A, B, C], []],
    ["of a loop", { [A]: [B], [B]: [C], [C]: [A] }, [A], [A, B, C], []],
    ["of one root twice", { [A]: [] }, [A, A], [A], []],
    ["with gaps", { [A]: [D, B, C], [C]: [] }, [A], [A, C], [B, D]],
    ["that no cache has", {}, [A], [], [A]],
  ])("%s", async (_, tree, roots, found, missing) => {
    const { asked, find } = cacheOf(tree);
    const closure = await findClosure(roots, find, { signal });
    expect(closure.found.map(({ path }) => path)).toEqual(found);
    expect(closure.missing).toEqual(missing);
    expect(asked.toSorted()).toEqual([...found, ...missing].toSorted());
  });
});

/** Each path refers to the next one, without end. */
const endless = async (path: string) => described(path, [pathOf(`x${Number(/\d+$/.exec(path)?.[0]) + 1}`)]);

test("a closure without end is refused", async () => {
  const error = await rejection(findClosure([pathOf("x1")], endless, { signal, maxPaths: 100 }));
  expect(error).toMatchObject({ message: "the closure has more than 100 store paths" });
});

test("an error ends the walk", async () => {
  const { asked, find } = cacheOf({ [A]: Array.from({ length: 1000 }, (_, index) => pathOf(`x${index}`)) });
  const failing = async (path: string) => {
    if (path.endsWith("-x0")) throw new Error("down");
    return find(path);
  };
  expect(await rejection(findClosure([A], failing, { signal }))).toMatchObject({ message: "down" });
  await setTimeout(20);
  expect(asked.length).toBeLessThan(100);
});

test("a signal ends the walk", async () => {
  const stop = new AbortController();
  const stopping = async (path: string) => {
    if (path.endsWith("-x9")) stop.abort(new Error("stopped"));
    return endless(path);
  };
  expect(await rejection(findClosure([pathOf("x1")], stopping, { signal: stop.signal }))).toMatchObject({
    message: "stopped",
  });
});

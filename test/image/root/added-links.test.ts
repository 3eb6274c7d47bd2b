import { describe, expect, test } from "vitest";
import { rootLayer } from "../../../image/root/root-layer.ts";
import { STORE, storeOf, type Trees } from "./store.ts";

/** The target of a link, without the store's path. The text of a file. Undefined if the root has neither. */
function contentOf(trees: Trees, name: string): string | undefined {
  const { roots, files } = storeOf(trees);
  const entry = rootLayer(roots, files).entries.find((candidate) => candidate.name === name);
  if (entry?.type === "symlink") return entry.target.replace(`${STORE}/`, "");
  if (entry?.type !== "file" || entry.content.kind !== "bytes") return undefined;
  return new TextDecoder().decode(entry.content.bytes);
}

describe("programs that CI systems start by their path", () => {
  test.for([
    ["bin/bash", "usr/bin/bash"],
    ["bin/cat", "usr/bin/cat"],
    ["bin/echo", "usr/bin/echo"],
    ["bin/sleep", "usr/bin/sleep"],
    ["usr/bin/mkfifo", "bin/mkfifo"],
    ["usr/bin/tail", "bin/tail"],
  ] as const)("%s", ([path, elsewhere]) => {
    expect(contentOf({ a: { [elsewhere]: "" } }, path)).toBe(`a/${elsewhere}`);
    expect(contentOf({ a: { [elsewhere]: "" }, b: { [path]: "" } }, path)).toBe(`b/${path}`);
    expect(contentOf({ a: { "bin/ls": "" } }, path)).toBeUndefined();
  });

  test("a program that leads nowhere gives no link", () => {
    expect(contentOf({ a: { "bin/tail": { link: "/bin/busybox" } } }, "usr/bin/tail")).toBeUndefined();
  });
});

describe("/etc/os-release", () => {
  const own = 'NAME="Cornice"\nID=cornice\nPRETTY_NAME="Cornice image"\n';

  test.for<[string, Trees, string]>([
    ["names the image's maker", { a: { "etc/x": "" } }, own],
    ["is the package's file", { a: {}, b: { "etc/os-release": "" } }, "b/etc/os-release"],
    ["is a file in the other place", { a: { "usr/lib/os-release": "" } }, "a/usr/lib/os-release"],
    [
      "is the file in /etc rather than the other",
      {
        a: { "usr/lib/os-release": "" },
        b: { "etc/os-release": { link: "../usr/lib/os-release" }, "usr/lib/os-release": "" },
      },
      "b/etc/os-release",
    ],
  ])("%s", ([, trees, content]) => {
    expect(contentOf(trees, "etc/os-release")).toBe(content);
  });
});

test.for(["etc/hosts", "etc/resolv.conf", "etc/hostname"])(
  "%s is the runtime's, unless a package brings it",
  (path) => {
    expect(contentOf({ a: { "etc/x": "" } }, path)).toBeUndefined();
    expect(contentOf({ a: { [path]: "" } }, path)).toBe(`a/${path}`);
  },
);

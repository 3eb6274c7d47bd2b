import { describe, expect, test } from "vitest";
import { compareLayers } from "../../../cli/comparison/compare-layers.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { paddingBytes, sizeOf, tarHeader } from "../../../image/tar/tar-header.ts";

const PATH = "nix/store/0000000000000000000000000000000a-git";

function file(name: string, text: string, mode = 0o444): TarEntry {
  return { type: "file", name: `${PATH}/${name}`, mode, content: { kind: "bytes", bytes: Buffer.from(text) } };
}

function link(name: string, target: string): TarEntry {
  return { type: "symlink", name: `${PATH}/${name}`, target };
}

/** A tar in chunks of a prime length, so that no chunk ends where a member does. */
async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  const blocks = entries.flatMap((entry) => {
    const bytes = entry.type === "file" && entry.content.kind === "bytes" ? entry.content.bytes : new Uint8Array();
    return [tarHeader(entry), bytes, new Uint8Array(paddingBytes(sizeOf(entry)))];
  });
  const tar = Buffer.concat([...blocks, new Uint8Array(1024)]);
  for (let at = 0; at < tar.length; at += 509) yield tar.subarray(at, at + 509);
}

function compare(registry: readonly TarEntry[], here: readonly TarEntry[]) {
  return compareLayers(tarOf(registry), tarOf(here));
}

const COMMON = [{ type: "directory", name: PATH, mode: 0o555 } as const, file("a", "x".repeat(1000))];

test("equal layers have no difference", async () => {
  expect(await compare([...COMMON, link("b", "a")], [...COMMON, link("b", "a")])).toBeUndefined();
});

describe("the first difference is named by store path, file, and", () => {
  test.each<[what: string, registry: TarEntry[], here: TarEntry[], file: string]>([
    [
      "byte 700 is 0x79 in the registry and 0x7a here",
      [file("b", `${"x".repeat(700)}y-`), file("c", "1")],
      [file("b", `${"x".repeat(700)}z-`), file("c", "2")],
      "b",
    ],
    [
      "byte 2 is missing in the registry and 0x63 here; it has 2 bytes in the registry and 3 here",
      [file("b", "ab")],
      [file("b", "abc")],
      "b",
    ],
    ["the mode is 444 in the registry and 555 here", [file("b", "")], [file("b", "", 0o555)], "b"],
    ['the link is "a" in the registry and "c" here', [link("b", "a")], [link("b", "c")], "b"],
    ["the type is symlink in the registry and file here", [link("b", "a")], [file("b", "a", 0o777)], "b"],
    [`this machine's layer has "${PATH}/c" in its place`, [file("b", "")], [file("c", "")], "b"],
    ["only the registry's layer has it", [file("b", "")], [], "b"],
    ["only this machine's layer has it", [], [file("b", "")], "b"],
  ])("%s", async (what, registry, here, name) => {
    expect(await compare([...COMMON, ...registry], [...COMMON, ...here])).toEqual({
      storePath: `/${PATH}`,
      file: `${PATH}/${name}`,
      what,
    });
  });
});

test("a file outside of the store has no store path", async () => {
  const os: TarEntry = { type: "symlink", name: "etc/os-release", target: "a" };
  expect(await compare([os], [{ ...os, target: "b" }])).toMatchObject({ storePath: undefined, file: "etc/os-release" });
});

test("two bytes in a name that is no UTF-8 differ", async () => {
  expect(await compare([file("\u00fe", "")], [file("\u00ff", "")])).toMatchObject({ file: `${PATH}/\u00fe` });
});

test("a large difference is found in constant memory, without reading the rest", async () => {
  async function* endless(first: number): AsyncGenerator<Uint8Array> {
    const size = 8_000_000_000;
    yield tarHeader({ type: "file", name: "a", mode: 0o444, content: { kind: "file", path: "", size } });
    yield Uint8Array.of(first);
    for (;;) yield new Uint8Array(65_536);
  }
  expect(await compareLayers(endless(1), endless(2))).toMatchObject({
    what: "byte 0 is 0x01 in the registry and 0x02 here",
  });
});

test("the error of the bytes is thrown", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield tarHeader(file("a", "abc"));
    throw new Error("the connection broke");
  }
  await expect(compareLayers(broken(), tarOf([file("a", "abc")]))).rejects.toThrow("the connection broke");
});

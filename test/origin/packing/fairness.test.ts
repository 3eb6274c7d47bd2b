import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { LayerContent } from "../../../origin/packing/layer-content.ts";
import { rejection, writeTree } from "../fixtures.ts";
import { MIB, NEVER, pack, test } from "./packing.ts";

const HUGE = 3000 * MIB;

function layerOf(path: string, narSize: number): LayerContent {
  return { kind: "store-paths", paths: [{ path, narSize, isApart: false }] };
}

/** A store path whose files hold only zeros, and take no disk space. */
async function writeHuge(directory: string, ...files: readonly string[]): Promise<string> {
  await mkdir(directory);
  for (const file of files) {
    await writeFile(join(directory, file), "");
    await truncate(join(directory, file), HUGE);
  }
  return directory;
}

describe("a small layer does not wait for an earlier large one", () => {
  test.for<[string, string[]]>([
    ["with a large file", ["a"]],
    ["with large files of the same bytes, which are compared", ["a", "b"]],
  ])("%s", async ([, files], { directory, packer }) => {
    const huge = await writeHuge(join(directory, "huge"), ...files);
    const small = await writeTree(join(directory, "small"), { "bin/x": "x".repeat(300_000) });
    const stop = new AbortController();
    const ended: string[] = [];
    const content = layerOf(huge, files.length * HUGE);
    const large = rejection(packer.pack(content, join(directory, "1"), stop.signal)).finally(() => ended.push("huge"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await pack(packer, layerOf(small, 300_000), join(directory, "2")).finally(() => ended.push("small"));
    stop.abort(new Error("enough"));
    await large;
    expect(ended).toEqual(["small", "huge"]);
  });
});

test("large layers that take turns have the same bytes as alone", async ({ directory, packer }) => {
  const paths = await Promise.all(
    ["a", "b", "c"].map((name, index) =>
      writeTree(join(directory, name), { f: name.repeat(3 * MIB + index), g: name.repeat(3 * MIB + index) }),
    ),
  );
  const contents = paths.map((path) => layerOf(path, 6 * MIB));
  const together = await Promise.all(
    contents.map((content, index) => packer.pack(content, join(directory, `t${index}`), NEVER)),
  );
  for (const [index, content] of contents.entries()) {
    expect(together[index]).toEqual(await packer.pack(content, join(directory, `a${index}`), NEVER));
  }
});

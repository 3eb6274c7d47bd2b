import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ALWAYS_PACKAGES } from "../../../image/names/always-packages.ts";
import { expressionFile } from "../../../origin/nix/expressions.ts";

test("an evaluation and the index of names give the same packages to every image", async () => {
  const expression = await readFile(expressionFile("prepare-image.nix"), "utf8");
  const [, list = ""] = /always = [^[]*\[([^\]]*)\]/.exec(expression) ?? [];
  expect(list.match(/[\w-]+/g)).toEqual([...ALWAYS_PACKAGES]);
});

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expressionFile, filesOf, overFlake } from "../../../origin/nix/expressions.ts";

const FOLDER = join(import.meta.dirname, "../../../nix");
const EXPRESSION = {
  file: "prepare-image.nix",
  variables: ["packages", "image"],
  imports: { checkImage: "image-options.nix" },
};

test("all files of an expression exist", () => {
  const files = filesOf(EXPRESSION);
  expect(files).toEqual(
    ["prepare-image.nix", "load-packages.nix", "image-options.nix"].map((file) => join(FOLDER, file)),
  );
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

test("over a flake, the expression is one text with all its files", async () => {
  const text = (name: string) => readFile(expressionFile(name), "utf8");
  const expression = await overFlake(EXPRESSION);
  const lines = expression.replace(await text("prepare-image.nix"), "MAIN");
  const rest = lines.replace(await text("image-options.nix"), "OPTIONS").replace(await text("load-flake.nix"), "LOAD");
  expect(rest.split("\n").map((line) => line.trim())).toEqual([
    "{ packages, image, system, location, narHash }: (MAIN) {",
    "inherit packages image system location;",
    "checkImage = (OPTIONS);",
    "set = (LOAD) { inherit narHash system; };",
    "}",
  ]);
});

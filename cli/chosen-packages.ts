import { readFile } from "node:fs/promises";
import { isComponent, isMetaPackage } from "../protocol/image-name.ts";
import { type PackageChoice } from "./arguments.ts";
import { CliError, whileDoing } from "./cli-error.ts";

/** The packages that a call names, each once, spelled as in image names. Throws `CliError`. */
export async function chosenPackages(choice: PackageChoice): Promise<string[]> {
  const text =
    choice.kind === "names" ? choice.text : await readFile(choice.path, "utf8").catch(whileDoing("cannot read"));
  const names = new Set(text.split(/[\s,]+/).filter((name) => name !== ""));
  if (names.size === 0) throw new CliError("--packages names no package");
  for (const name of names) {
    if (!isComponent(name) || isMetaPackage(name))
      throw new CliError(`--packages has ${JSON.stringify(name)}, which is not a package name`);
  }
  return [...names];
}

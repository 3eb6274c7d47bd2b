import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Cornice's Nix expressions. */
const FOLDER = join(import.meta.dirname, "../../nix");

/** An expression of ours that is evaluated over a package source. */
export interface Expression {
  readonly file: string;
  /** Names of its arguments that are texts. */
  readonly variables: readonly string[];
  /** Its arguments that are expressions in files, which it imports where they are not given. */
  readonly imports: Readonly<Record<string, string>>;
}

/** The path of an expression. */
export function expressionFile(name: string): string {
  return join(FOLDER, name);
}

/** All files that one is made of when it is evaluated as a file. */
export function filesOf({ file, imports }: Expression): string[] {
  return [file, "load-packages.nix", ...Object.values(imports)].map(expressionFile);
}

/** The same over a flake, as one expression: pure evaluation reads no files but the flake's. */
export async function overFlake({ file, variables, imports }: Expression): Promise<string> {
  const bindings = Object.entries(imports).map(async ([name, imported]) => `${name} = (${await textOf(imported)});`);
  const names = [...variables, "system", "location"];
  return `{ ${names.join(", ")} }: (${await textOf(file)}) {
    inherit ${names.join(" ")};
    ${(await Promise.all(bindings)).join("\n")}
    set = (${await textOf("load-flake.nix")}) { inherit location system; };
  }`;
}

function textOf(name: string): Promise<string> {
  return readFile(expressionFile(name), "utf8");
}

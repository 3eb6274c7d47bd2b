import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Cornice's Nix expressions. */
const FOLDER = join(import.meta.dirname, "../../nix");

/** One of Cornice's expressions. Nix evaluates it over a package source. */
export interface Expression {
  readonly file: string;
  /** The names of its string arguments. */
  readonly variables: readonly string[];
  /** Arguments that are other expressions, and their files. Without the argument, the expression imports the file. */
  readonly imports: Readonly<Record<string, string>>;
}

/** The path of an expression. */
export function expressionFile(name: string): string {
  return join(FOLDER, name);
}

/** All files that Nix reads if it evaluates the expression as a file. */
export function filesOf({ file, imports }: Expression): string[] {
  return [file, "load-packages.nix", ...Object.values(imports)].map(expressionFile);
}

/** The expression over a flake, as one text with all its files: pure evaluation reads only the flake's own files. */
export async function overFlake({ file, variables, imports }: Expression): Promise<string> {
  const bindings = Object.entries(imports).map(async ([name, imported]) => `${name} = (${await textOf(imported)});`);
  const names = [...variables, "system", "location"];
  return `{ ${names.join(", ")}, narHash }: (${await textOf(file)}) {
    inherit ${names.join(" ")};
    ${(await Promise.all(bindings)).join("\n")}
    set = (${await textOf("load-flake.nix")}) { inherit narHash system; };
  }`;
}

function textOf(name: string): Promise<string> {
  return readFile(expressionFile(name), "utf8");
}

import { refuse } from "./cli-error.ts";

/** Where the command writes an image. */
export type Output =
  | { readonly kind: "stdout" }
  | { readonly kind: "archive"; readonly path: string }
  | { readonly kind: "layout"; readonly path: string };

/** Where the command writes an index or a popularity file. */
export type TextOutput = { readonly kind: "stdout" } | { readonly kind: "file"; readonly path: string };

/** Stands for standard output. */
export const STDOUT = "-";

/** `what`: the thing that is written, with its article. Throws `UsageError`. */
export function parseTextOutput(path: string, json: boolean, what: string): TextOutput {
  if (path.endsWith("/")) refuse(`${path} is a folder; ${what} is a file`);
  if (path === "") refuse("-o has no value: give a file or -");
  if (path !== STDOUT) return { kind: "file", path };
  return json ? refuse("--json and -o - cannot share standard output") : { kind: "stdout" };
}

/** Throws `UsageError`. */
export function parseOutput(path: string, format: string | undefined): Output {
  if (format !== undefined && format !== "oci-archive" && format !== "oci-dir")
    refuse(`--format is ${JSON.stringify(format)}; it must be oci-archive or oci-dir`);
  if (path === "") refuse("-o has no value: give a file, a folder or -");
  if (path === STDOUT) return format === "oci-dir" ? refuse("-o - can only write an archive") : { kind: "stdout" };
  if (!path.endsWith("/")) return { kind: format === "oci-dir" ? "layout" : "archive", path };
  return format === "oci-archive" ? refuse(`${path} is a folder; an archive is a file`) : { kind: "layout", path };
}

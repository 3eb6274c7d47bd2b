import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TextOutput } from "./output-argument.ts";
import { whileDoing } from "./cli-error.ts";
import { checkFile, writeReplacing } from "./replaced-file.ts";

/** Throws `CliError`. */
export async function checkTextOutput(output: TextOutput): Promise<void> {
  if (output.kind === "file") await checkFile(output.path);
}

/** At any moment, the path has the old contents or the whole text. */
export async function writeTextOutput(output: TextOutput, text: string, signal: AbortSignal): Promise<void> {
  if (output.kind === "file") return writeReplacing(output.path, (partial) => writeFile(partial, text, { signal }));
  // Only the process itself ends standard output.
  await pipeline(Readable.from([text]), process.stdout, { signal, end: false }).catch(
    whileDoing("cannot write to standard output"),
  );
}

import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson } from "../protocol/json-object.ts";
import type { BuildPhase } from "../protocol/build-events.ts";
import { withStore } from "../test/stand-in/own-store.ts";
import { output } from "../test/system/program.ts";

interface RevisionRun {
  readonly directory: string;
  /** The origin's settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** The images that are built at once. */
  readonly names: readonly string[];
  /** The run ends when all images have come to it. */
  readonly phase: BuildPhase;
}

interface RevisionTimes {
  readonly seconds: number;
  /** The part since an image was evaluated. */
  readonly realising: number;
}

/** Runs an origin's builder with a new Nix store of its own. */
export async function runRevision({ directory, settings, names, phase }: RevisionRun): Promise<RevisionTimes> {
  const folder = await mkdtemp(join(directory, "cornice-"));
  await mkdir(join(folder, "spool"));
  const script = join(import.meta.dirname, "run-revision.ts");
  const { file, args, env } = withStore(join(folder, "nix"), {
    file: process.execPath,
    args: [script, JSON.stringify(settings), folder, JSON.stringify(names), phase],
    env: { PATH: process.env["PATH"] ?? "", NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "" },
  });
  const times = parseJson(await output(file, args, { env }));
  if (isJsonObject(times) && typeof times["seconds"] === "number" && typeof times["realising"] === "number")
    return { seconds: times["seconds"], realising: times["realising"] };
  throw new TypeError("the script printed no times");
}

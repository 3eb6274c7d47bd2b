import { availableParallelism } from "node:os";
import { join } from "node:path";
import { withIsolation } from "../origin/service/builder-isolation.ts";
import { parseBuilderConfig } from "../origin/service/config.ts";
import { prepareImage } from "../origin/nix/prepare-image.ts";
import type { ImageClosure } from "../image/closure/image-closure.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { parseImageName } from "../protocol/image-name.ts";
import { prepareSource } from "../start/package-source.ts";
import type { BarChart } from "./bar-chart.ts";

/** Realises the closure of an image from the starter set, so that no later measurement includes Nix. */
export type Prepare = (imageName: string) => Promise<ImageClosure>;

export interface BenchContext {
  /** For temporary files. It is removed when the run ends. */
  readonly directory: string;
  /** The starter set, as a builder's settings. */
  readonly settings: Readonly<Record<string, string>>;
  readonly prepare: Prepare;
  readonly print: (line: string) => void;
  /** Draws a chart, if the user asks for charts. */
  readonly plot: (name: string, chart: BarChart) => Promise<void>;
}

export const REPOSITORY = join(import.meta.dirname, "..");

type ContextOptions = Pick<BenchContext, "directory" | "print" | "plot">;

/** Installs the programs that the starter set needs, and writes the set. */
export async function createContext({ directory, print, plot }: ContextOptions): Promise<BenchContext> {
  const { signal } = new AbortController();
  const source = await prepareSource({ source: undefined, directory, env: process.env, log: print, signal });
  const settings = { ...source.env, CORNICE_MAX_PACKAGES: "255" };
  const config = parseBuilderConfig(settings, availableParallelism());
  const { nix, maxPackages } = config;
  const location = source.env["CORNICE_PKGS_PATH"] ?? "";
  const revision = source.env["CORNICE_SOURCE_REVISION"] ?? "";
  const prepare: Prepare = (imageName) =>
    withIsolation(config, process.env, (isolation) =>
      prepareImage({
        packages: parseImageName(imageName, maxPackages).packages,
        architecture: hostArchitecture(),
        source: { kind: "path", location, revision },
        nix,
        isolation,
        gcRoot: join(directory, `closure-${imageName.replaceAll("/", "-")}`),
        signal,
        onEvent: () => {},
      }),
    );
  return { directory, settings, prepare, print, plot };
}

export function closureBytes({ closure }: ImageClosure): number {
  return closure.reduce((sum, { narSize }) => sum + narSize, 0);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

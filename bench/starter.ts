import { availableParallelism } from "node:os";
import { join } from "node:path";
import { nixEnvironment } from "../origin/nix/environment.ts";
import { type PreparedImage, prepareImage } from "../origin/nix/prepare-image.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { writeStarterSet } from "../origin/starter/starter-set.ts";
import { parseImageName } from "../protocol/image-name.ts";

/** Realises an image's closure from the starter set, so that what is measured afterwards is not Nix. */
export type Prepare = (imageName: string) => Promise<PreparedImage>;

export interface BenchContext {
  /** For files that are gone when the run ends. */
  readonly directory: string;
  readonly prepare: Prepare;
  readonly print: (line: string) => void;
}

export const REPOSITORY = join(import.meta.dirname, "..");
const MAX_PACKAGES = 255;
const NIX_TIMEOUT_S = 3600;

export async function starterPreparer(directory: string): Promise<Prepare> {
  const { signal } = new AbortController();
  const set = await writeStarterSet({ directory: join(directory, "starter"), signal });
  return (imageName) =>
    prepareImage({
      packages: parseImageName(imageName, MAX_PACKAGES).packages,
      architecture: hostArchitecture(),
      source: { kind: "path", location: set.path, revision: set.revision },
      nix: { timeoutS: NIX_TIMEOUT_S, sandbox: false, substituters: "", maxJobs: availableParallelism() },
      env: nixEnvironment(process.env, join(REPOSITORY, "nix/bin")),
      gcRoot: join(directory, `closure-${imageName.replaceAll("/", "-")}`),
      signal,
      onPhase: () => {},
      onLog: () => {},
    });
}

export function closureBytes({ closure }: PreparedImage): number {
  return closure.reduce((sum, { narSize }) => sum + narSize, 0);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

import { glob } from "node:fs/promises";
import { build } from "esbuild";

/** The programs of an image. */
const PROGRAMS = ["origin/service/main.ts", "cli/main.ts"];
/** Node.js starts these by their path, so no import names them. */
const THREADS = "origin/**/*-thread.ts";
/** `serve` is a registry with a Worker. An image of an origin has none, and `cli/main.ts` says so. */
const LEFT_OUT = "../start/serve.ts";
/** A package's folder, also of a package within a package. */
const PACKAGE = /^(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/;

/** What a program of Cornice needs to run, as paths in the repository. */
export interface ProgramFiles {
  /** The sources that the programs import. */
  readonly sources: readonly string[];
  /** The folders of all packages that the programs load. */
  readonly packages: readonly string[];
  /** The files of these packages that the programs import. */
  readonly imported: readonly string[];
}

/** Bundles the programs into nothing, to see the files that the bundle would have. Throws if an import leads nowhere. */
export async function findProgramFiles(repository: string): Promise<ProgramFiles> {
  const threads = await Array.fromAsync(glob(THREADS, { cwd: repository }));
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: [...PROGRAMS, ...threads],
    bundle: true,
    format: "esm",
    platform: "node",
    // As Node.js resolves packages. By default, esbuild prefers modules for bundlers.
    mainFields: ["main"],
    conditions: [],
    external: [LEFT_OUT],
    outdir: "dist",
    write: false,
    metafile: true,
  });
  const files = Object.keys(metafile.inputs).toSorted();
  const packages = files.flatMap((file) => PACKAGE.exec(file)?.[0].slice(0, -1) ?? []);
  return {
    sources: files.filter((file) => !PACKAGE.test(file)),
    packages: [...new Set(packages)],
    imported: files.filter((file) => PACKAGE.test(file)),
  };
}

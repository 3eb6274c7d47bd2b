import { Tinypool } from "tinypool";
import { hasCode } from "../system/error-code.ts";
import { describeFailure, type Failure } from "../unpacking/failure.ts";
import { PackingError } from "../packing/packer.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { PackagesToRead } from "../../image/root/package-roots.ts";
import { PackageError } from "../../image/closure/package-error.ts";
import type { RootAttempt } from "../../image/trees/root-attempt.ts";
import { type FindTree, type MakeAttempt, rootFromTrees } from "../../image/trees/root-from-trees.ts";
import { attemptQuickly } from "./quick-attempt.ts";
import type readRoot from "./root-thread.ts";
import type recordTree from "./record-thread.ts";
import type attempt from "./trees-thread.ts";
import type { TreesJob } from "./trees-thread.ts";

export interface RootReader {
  /** Reads the trees from the store on disk. Throws `PackingError`. */
  read(image: PackagesToRead): Promise<ImageRoot>;
  /** Takes the trees from anywhere. Throws as `rootFromTrees` does, but `PackingError` in place of `PackageError`. */
  readTrees(image: PackagesToRead, find: FindTree): Promise<ImageRoot>;
  /** The record of a store path's tree on disk. Undefined if the tree is above the limits. Throws `PackingError`. */
  record(path: string): Promise<Uint8Array | undefined>;
  /** Ends the threads. Reads that are under way fail. */
  close(): Promise<void>;
}

/** Several threads, so that one slow tree does not hold up others. A few are enough: they mostly read. */
const MAX_THREADS = 4;
/** So that trees that are read one after the other share a thread. Milliseconds. */
const IDLE_MS = 2000;
/** A thread keeps nothing from one image to the next. In MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };

/** The used part of the pool, with the types that its threads take and return. */
interface RootThreads {
  run(image: PackagesToRead): Promise<ReturnType<typeof readRoot>>;
  run(job: TreesJob, options: { readonly filename: string }): Promise<ReturnType<typeof attempt>>;
  run(path: string, options: { readonly filename: string }): ReturnType<typeof recordTree>;
  destroy(): Promise<void>;
}

interface RootReaderOptions {
  /** Whether the first thread starts at once. A thread takes 15 MB of memory. */
  readonly startsThread?: boolean;
}

/** Reads the trees of packages in threads of its own. */
export function createRootReader({ startsThread = true }: RootReaderOptions = {}): RootReader {
  const pool: RootThreads = new Tinypool({
    filename: threadFile("./root-thread.ts"),
    minThreads: startsThread ? 1 : 0,
    maxThreads: MAX_THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: HEAP_LIMITS,
  });

  async function attemptInThread(job: TreesJob): Promise<RootAttempt> {
    const outcome = await pool.run(job, { filename: threadFile("./trees-thread.ts") }).catch(explainMemory);
    if ("failure" in outcome) throw new PackingError(outcome.failure);
    return outcome;
  }

  return {
    async read({ packages, closure }) {
      const outcome = await pool.run({ packages, closure }).catch(explainMemory);
      if ("failure" in outcome) throw new PackingError(outcome.failure);
      return outcome.root;
    },
    readTrees(image, find) {
      const { packages, closure } = image;
      const attempt: MakeAttempt = (trees) =>
        attemptQuickly(image, trees) ?? attemptInThread({ packages, closure, trees });
      return rootFromTrees(image, find, { attempt }).catch(explainPackage);
    },
    async record(path) {
      const outcome = await pool.run(path, { filename: threadFile("./record-thread.ts") }).catch(explainMemory);
      if ("failure" in outcome) throw new PackingError(outcome.failure);
      return outcome.record;
    },
    close: () => pool.destroy(),
  };
}

function threadFile(path: string): string {
  return new URL(path, import.meta.url).href;
}

/** The package's fault has the same form, whether a thread or this one met it. */
function explainPackage(error: unknown): never {
  throw error instanceof PackageError ? new PackingError(describeFailure(error)) : error;
}

/** Turns the end of a thread without memory into the package's fault. The roots of other images do not fail. */
function explainMemory(error: unknown): { readonly failure: Failure } {
  if (!hasCode(error, "ERR_WORKER_OUT_OF_MEMORY")) throw error;
  const message = "its packages are too large: their directories do not fit into memory";
  return { failure: { message, code: undefined, kind: "package" } };
}

import { Tinypool } from "tinypool";
import { hasCode } from "../system/error-code.ts";
import type { Failure } from "../unpacking/failure.ts";
import { PackingError } from "../packing/packer.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { PackagesToRead } from "../../image/root/package-roots.ts";
import type readRoot from "./root-thread.ts";

export interface RootReader {
  /** Throws `PackingError`. */
  read(image: PackagesToRead): Promise<ImageRoot>;
  /** Ends the threads. Reads that are under way fail. */
  close(): Promise<void>;
}

/** Several threads, so that one slow tree does not hold up others. A few are enough: they mostly read. */
const MAX_THREADS = 4;
/** A thread keeps nothing from one image to the next. In MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };

/** The used part of the pool, with the types that its threads take and return. */
interface RootThreads {
  run(image: PackagesToRead): Promise<ReturnType<typeof readRoot>>;
  destroy(): Promise<void>;
}

/** Reads the trees of packages in threads of its own. The first thread starts at once. */
export function createRootReader(): RootReader {
  const pool: RootThreads = new Tinypool({
    filename: new URL("./root-thread.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: MAX_THREADS,
    resourceLimits: HEAP_LIMITS,
  });

  return {
    async read({ packages, closure }) {
      const outcome = await pool.run({ packages, closure }).catch(explainMemory);
      if ("failure" in outcome) throw new PackingError(outcome.failure);
      return outcome.root;
    },
    close: () => pool.destroy(),
  };
}

/** Turns the end of a thread without memory into the package's fault. The roots of other images do not fail. */
function explainMemory(error: unknown): { readonly failure: Failure } {
  if (!hasCode(error, "ERR_WORKER_OUT_OF_MEMORY")) throw error;
  const message = "its packages are too large: their directories do not fit into memory";
  return { failure: { message, code: undefined, kind: "package" } };
}

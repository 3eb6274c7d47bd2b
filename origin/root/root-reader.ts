import { Tinypool } from "tinypool";
import { hasCode } from "../system/error-code.ts";
import type { Failure } from "../packing/messages.ts";
import { PackingError } from "../packing/packer.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { PackagesToRead } from "../../image/root/package-roots.ts";
import type readRoot from "./root-thread.ts";

export interface RootReader {
  /** Throws `PackingError`. */
  read(image: PackagesToRead): Promise<ImageRoot>;
  /** Ends the threads; what is being read fails. */
  close(): Promise<void>;
}

/** One tree may be slow to read: others are read beside it. A few, as they read and hardly compute. */
const MAX_THREADS = 4;
/** A thread keeps nothing from one image to the next; MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };

/** What the pool is used for, with the types of what its threads take and give. */
interface RootThreads {
  run(image: PackagesToRead): Promise<ReturnType<typeof readRoot>>;
  destroy(): Promise<void>;
}

/** Reads the trees of packages in threads of its own, the first of which starts at once. */
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

/** A thread whose memory is over ends, and takes no other image's root with it. */
function explainMemory(error: unknown): { readonly failure: Failure } {
  if (!hasCode(error, "ERR_WORKER_OUT_OF_MEMORY")) throw error;
  const message = "its packages bring too much: their directories do not fit into memory";
  return { failure: { message, code: undefined, kind: "package" } };
}

import { Tinypool } from "tinypool";
import { PackingError } from "../packing/packer.ts";
import type { ImageRoot } from "./image-root.ts";
import type { PackagesToRead } from "./package-roots.ts";
import type readRoot from "./root-thread.ts";

export interface RootReader {
  /** Throws `PackingError`. */
  read(image: PackagesToRead): Promise<ImageRoot>;
  /** Ends the thread; what is being read fails. */
  close(): Promise<void>;
}

/** It keeps nothing from one image to the next; MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };

/** Reads the trees of packages in a thread of its own, which starts at once. */
export function createRootReader(): RootReader {
  const pool = new Tinypool({
    filename: new URL("./root-thread.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: HEAP_LIMITS,
  });

  return {
    async read({ packages, closure }) {
      const outcome: ReturnType<typeof readRoot> = await pool.run({ packages, closure });
      if ("failure" in outcome) throw new PackingError(outcome.failure);
      return outcome.root;
    },
    close: () => pool.destroy(),
  };
}

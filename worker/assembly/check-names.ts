import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import type { ImageManifests } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { imageParts, listParts } from "../../image/lists/parts.ts";
import { readSweep, type SeenSweep } from "../stores/read-sweep.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import { TIME_LIMIT_MS } from "./in-time.ts";

/** How long the records behind the answer may take. A garbage collection waits far longer before it removes anything. */
const RECORDS_LIMIT_MS = 60_000;

/** A garbage collection as it was when an image was begun. */
export interface NamingCheck extends Pick<SeenSweep, "generation"> {
  /** Throws `CannotAssemble` if a part of the image or of the list must not get a name now, or if the image took too long. */
  beforeManifests(images: readonly ImageManifests[], list: ImageList | undefined): void;
  /** Throws `CannotAssemble` if the records come too late. */
  beforeRecords(): void;
}

/** Throws `CannotAssemble` if nobody can tell what a garbage collection removes. */
export async function beginNaming(config: AssemblySettings): Promise<NamingCheck> {
  const begunMs = Date.now();
  const sweep = await readSweep(config);
  if (!sweep) throw new CannotAssemble("nobody can tell what the garbage collection removes");
  const checkAge = (limitMs: number) => {
    if (Date.now() - begunMs > limitMs) throw new CannotAssemble("a garbage collection may have begun meanwhile");
  };
  return {
    generation: sweep.generation,
    beforeManifests(images, list) {
      checkAge(TIME_LIMIT_MS);
      const parts = [...images.map(imageParts), ...(list ? [listParts(list)] : [])];
      const digests = parts.flatMap(({ manifests, blobs }) => [...manifests, ...blobs]);
      if (sweep.condemned(digests).length > 0) throw new CannotAssemble("a garbage collection removes parts of it");
    },
    beforeRecords: () => checkAge(RECORDS_LIMIT_MS),
  };
}

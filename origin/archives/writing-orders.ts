import { isJsonObject } from "../../protocol/json-object.ts";
import type { PlacedFile } from "./archive-tree.ts";

/** The `workerData` of a writing thread. */
export interface WritingPlaces {
  /** The folder that the thread makes. */
  readonly folder: string;
  /** The file with the bytes of all files. */
  readonly content: string;
}

export type WritingOrder =
  | { readonly kind: "files"; readonly files: readonly PlacedFile[] }
  /** The last order. Each folder comes behind the folder that it is in. A link has its path and its target. */
  | {
      readonly kind: "rest";
      readonly folders: readonly string[];
      readonly links: readonly (readonly [path: string, target: string])[];
    };

/** Reads the `workerData` of a writing thread. */
export function parseWritingPlaces(data: unknown): WritingPlaces {
  const { folder, content } = isJsonObject(data) ? data : {};
  if (typeof folder !== "string" || typeof content !== "string")
    throw new TypeError("a writing thread needs its folder and the content of the files");
  return { folder, content };
}

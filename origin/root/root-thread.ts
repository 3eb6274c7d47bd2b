import { describeFailure, type Failure } from "../unpacking/failure.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { PackagesToRead } from "../../image/root/package-roots.ts";
import { readImageRoot } from "./read-image-root.ts";

/** The work of each thread of `root-reader.ts`. */
export default function readRoot(image: PackagesToRead): { readonly root: ImageRoot } | { readonly failure: Failure } {
  try {
    return { root: readImageRoot(image) };
  } catch (error) {
    return { failure: describeFailure(error) };
  }
}

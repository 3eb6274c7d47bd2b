import type { Annotations } from "../../protocol/artifact-manifest.ts";
import { VerificationError } from "./verification-error.ts";

/** No signature covers annotations, and tools choose by them. So an annotation must repeat the signed value. */
export function checkAnnotation(annotations: Annotations | undefined, name: string, signed: string): void {
  if (annotations?.[name] !== signed)
    throw new VerificationError(
      "wrong-annotation",
      `the annotation ${name} says another thing than the signed statement`,
    );
}

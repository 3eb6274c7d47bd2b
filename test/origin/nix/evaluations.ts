import type { Evaluation } from "../../../origin/nix/prepare-image-output.ts";

/** The evaluation of an image that asks for nothing. Tests add what they are about. */
export const NOTHING: Evaluation = {
  found: [],
  installables: [],
  unknown: [],
  names: new Map(),
  ambiguous: [],
  unsuitable: [],
  foreign: [],
  problems: [],
};

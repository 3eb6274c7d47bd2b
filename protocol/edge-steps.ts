import type { EdgeStep } from "./build-events.ts";

/** What each step of an image does that the edge puts together, for people. */
export const EDGE_STEP_TITLES: Readonly<Record<EdgeStep["step"], string>> = {
  wait: "Wait for a place",
  tag: "Look up the tag",
  names: "Find the packages",
  bundles: "Read what is known of them",
  assemble: "Divide into layers, make the root",
  write: "Write the image",
};

import { isValidElement, type VNode } from "preact";
import { expect, it } from "vitest";
import { EdgeSteps } from "../../../web/live/edge-steps.tsx";

/** The texts of a tree that has only elements of HTML. */
function textsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(textsOf);
  if (typeof node === "string" || typeof node === "number") return [String(node)];
  return isValidElement(node) ? textsOf(childrenOf(node)) : [];
}

function childrenOf({ props }: VNode): unknown {
  return props.children;
}

it("the steps of an image of the edge are shown with their times", () => {
  const steps = [
    { step: "tag", ms: 3 },
    { step: "bundles", ms: 12 },
  ] as const;
  const [why, ...shown] = textsOf(EdgeSteps({ steps }));
  expect(why).toContain("put together at the edge");
  expect(shown).toEqual(["Look up the tag", "3", " ms", "Read what is known of them", "12", " ms"]);
});

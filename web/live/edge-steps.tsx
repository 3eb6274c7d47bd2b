import type { EdgeStep } from "../../protocol/build-events.ts";
import { EDGE_STEP_TITLES } from "../../protocol/edge-steps.ts";

/** The steps of an image that was put together at the edge. */
export function EdgeSteps({ steps }: { readonly steps: readonly EdgeStep[] }) {
  return (
    <>
      <p>
        It was put together at the edge, next to you. All its packages were known, so there was nothing to build and
        nothing to pack but the root layer.
      </p>
      <ol class="phases" aria-label="Steps">
        {steps.map(({ step, ms }) => (
          <li key={step} class="over">
            <span class="what">{EDGE_STEP_TITLES[step]}</span>
            <span class="size">{ms} ms</span>
          </li>
        ))}
      </ol>
    </>
  );
}

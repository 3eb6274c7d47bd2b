import { expect, test } from "vitest";
import { layerBudget } from "../../../web/image/layer-budget.ts";

test.each([
  [2, undefined],
  [74, undefined],
  [75, "50 more layers"],
  [101, "24 more layers"],
  [124, "1 more layer:"],
  [125, "no more layers"],
])("%i layers: %s", (layers, room) => {
  if (room === undefined) expect(layerBudget(layers)).toBeUndefined();
  else expect(layerBudget(layers)).toContain(`leaves ${room}`);
});

import { expect, it } from "vitest";
import { fitScale } from "../../../web/image/graph-scale.ts";

const ROOM = { width: 800, height: 400 };

it.each([
  [{ width: 1600, height: 400 }, 0.5],
  [{ width: 100, height: 1600 }, 0.25],
  [{ width: 100, height: 100 }, 1],
  [{ width: 100_000, height: 100 }, 0.1],
])("a drawing of %j fits at scale %d", (drawing, scale) => {
  expect(fitScale(drawing, ROOM)).toBe(scale);
});

import { expect, test } from "vitest";
import { imageSteps } from "../../../origin/nix/image-steps.ts";

test("each attribute becomes the step that finds it in an image's name, if there is one", () => {
  const attributes = ["Hello", "hello", "_7zz", "_1password-cli", "a.b", "a b", "_x", "__functor", "x'", "nodejs_18"];
  expect(imageSteps(attributes)).toEqual(["hello", "7zz", "1password-cli", "nodejs_18"]);
});

import { expect, test } from "vitest";
import { nixSystem } from "../../../image/names/nix-system.ts";

test("Nix's words for the architectures", () => {
  expect([nixSystem("amd64"), nixSystem("arm64")]).toEqual(["x86_64-linux", "aarch64-linux"]);
});

import { expect, test } from "vitest";
import { hostArchitecture, nixSystem } from "../../../origin/nix/system.ts";

test("Nix's words for the architectures", () => {
  expect([nixSystem("amd64"), nixSystem("arm64")]).toEqual(["x86_64-linux", "aarch64-linux"]);
});

test("this machine's architecture", () => {
  expect(hostArchitecture()).toBe(process.arch === "arm64" ? "arm64" : "amd64");
});

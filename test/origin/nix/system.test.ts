import { expect, test } from "vitest";
import { hostArchitecture } from "../../../origin/nix/system.ts";

test("this machine's architecture", () => {
  expect(hostArchitecture()).toBe(process.arch === "arm64" ? "arm64" : "amd64");
});

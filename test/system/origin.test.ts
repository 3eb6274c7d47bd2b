import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "./program.ts";
import { REPOSITORY } from "./registry.ts";

const MAIN = join(REPOSITORY, "origin/service/main.ts");

describe("the origin without npm start", () => {
  it.each([
    ["no package source", {}],
    ["two package sources", { CORNICE_CHANNEL: "nixos-25.11", CORNICE_PKGS_PATH: "/set" }],
  ])("refuses to launch with %s, naming all four", async (_, settings) => {
    const { code, stderr } = await run(process.execPath, [MAIN], { env: settings });
    expect(code).toBe(1);
    for (const name of ["CORNICE_CHANNEL", "CORNICE_PKGS_REPO", "CORNICE_FLAKE", "CORNICE_PKGS_PATH"])
      expect(stderr).toContain(name);
    expect(stderr).not.toContain("    at ");
  });
});

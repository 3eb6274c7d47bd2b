import { expect, test } from "vitest";
import { configuredSource } from "../../start/package-source.ts";

test("a configured source has the same name as in the origin, without credentials", async () => {
  const source = await configuredSource({ kind: "git", url: "https://user:token@a.example/b" });
  expect(source.name).toBe("git:https://a.example/b");
  expect(source.description).not.toContain("token");
});

test("if the kernel denies a sandbox, the setting switches it off, and the description says so", async () => {
  const { description, env } = await configuredSource({ kind: "channel", channel: "nixos-25.11" });
  const denied = "channel:nixos-25.11; Nix builds without its sandbox, because this kernel denies it";
  expect([
    ["channel:nixos-25.11", {}],
    [denied, { CORNICE_NIX_SANDBOX: "false" }],
  ]).toContainEqual([description, env]);
});

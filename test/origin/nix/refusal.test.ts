import { describe, expect, test } from "vitest";
import { explainRefusal } from "../../../origin/nix/refusal.ts";

const AMD64 = { system: "x86_64-linux", isFlake: false };
const FILE = "/nix/store/jyaz5mpi59wajy63khyjsdkm14brnccd-source/pkgs/a/default.nix:35";

/** Messages of nixpkgs: up to release 25.11, and of newer ones. */
const broken = [
  `Package ‘a-1.0’ in ${FILE} is marked as broken, refusing to evaluate.`,
  `Refusing to evaluate package 'a-1.0' in ${FILE} because it has problems:\n- broken: This package is broken.`,
  `Refusing to evaluate package 'a-1.0' in ${FILE} because it has problems:\n- old (kind "broken"): It does not build.`,
];
const unfree = [
  `Package ‘a-1.0’ in ${FILE} has an unfree license (‘bsl11’), refusing to evaluate.`,
  `Refusing to evaluate package 'a-1.0' in ${FILE} because it has an unfree license (‘bsl11’)`,
];
const insecure = [
  `Package ‘a-1.0’ in ${FILE} is marked as insecure, refusing to evaluate.`,
  `Refusing to evaluate package 'a-1.0' in ${FILE} because it is marked as insecure`,
];
const unsupported = [
  `Package ‘a-1.0’ in ${FILE} is not available on the requested hostPlatform:\nhostPlatform.system = "x86_64-linux"`,
  `Refusing to evaluate package 'a-1.0' in ${FILE} because it is not available on the requested hostPlatform:`,
  `Refusing to evaluate package 'a-1.0' in ${FILE} because it has problems:\n- jetsonOnly (kind "unsupported"): Only Jetson.`,
];

describe("one sentence names the refused package and the setting that allows it", () => {
  test.each([
    [broken, "a-1.0 is marked as broken; the operator can allow it with CORNICE_ALLOW_BROKEN=true"],
    [unfree, "a-1.0 has an unfree license (bsl11); the operator can allow it with CORNICE_ALLOW_UNFREE=true"],
    [insecure, 'a-1.0 is marked as insecure; the operator can allow it with CORNICE_ALLOW_INSECURE="a-1.0"'],
    [
      unsupported,
      "a-1.0 is not available on x86_64-linux; the operator can allow it with CORNICE_ALLOW_UNSUPPORTED=true",
    ],
  ])("%j", (reasons, sentence) => {
    expect(reasons.map((reason) => explainRefusal(reason, AMD64))).toEqual(reasons.map(() => sentence));
  });

  test.each([
    [broken, "allowBroken"],
    [unfree, "allowUnfree"],
    [insecure, "permittedInsecurePackages"],
    [unsupported, "allowUnsupportedSystem"],
  ])("for a flake, which has its own configuration: %j", ([reason = ""], option) => {
    expect(explainRefusal(reason, { ...AMD64, isFlake: true })).toMatch(
      new RegExp(`; the flake can allow it with ${option} in the config of its nixpkgs$`),
    );
  });
});

test.each([
  "this is marked as broken",
  "attribute 'x' missing",
  `Package ‘a-1.0’ in ${FILE} has invalid meta.outputsToInstall`,
])("another error is not explained: %s", (reason) => {
  expect(explainRefusal(reason, AMD64)).toBeUndefined();
});

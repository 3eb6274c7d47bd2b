import { expect, test } from "vitest";
import { nameParts, packageName } from "../../../image/layers/package-name.ts";

test.each([
  ["git-2.51.0", "git"],
  ["glibc-2.40-66", "glibc"],
  ["glibc-2.40-66-bin", "glibc-bin"],
  ["openssl-3.0.14", "openssl"],
  ["openssl-3.0.14-bin", "openssl-bin"],
  ["python3.12-requests-2.32.3", "python3.12-requests"],
  ["bash-interactive-5.3p3-man", "bash-interactive-man"],
  ["7zip-22.01+really26.02+dfsg-0+deb12u1", "7zip"],
  ["libstdc++6-12.2.0-14", "libstdc++6"],
  ["foo-0-unstable-2024-01-01", "foo"],
  ["foo-unstable-2024-01-01", "foo-unstable"],
  ["foo-2024-01-01-lib", "foo-lib"],
  ["ghc-9.10.3-with-packages", "ghc-packages"],
  ["hook.sh", "hook.sh"],
  ["two-words", "two-words"],
  ["foo--1", "foo"],
  ["foo-_1", "foo"],
  ["foo-", "foo-"],
  ["-1", "-1"],
])("%s belongs to the package %s", (name, expected) => {
  expect(packageName(`/nix/store/0123456789abcdfghijklmnpqrsvwxyz-${name}`)).toBe(expected);
});

test("the hash makes no difference", () => {
  const names = ["0", "z"].map((digit) => packageName(`/nix/store/${digit.repeat(32)}-git-2.51.0`));
  expect(names).toEqual(["git", "git"]);
});

test.each([
  ["git-2.51.0", { name: "git", version: "2.51.0" }],
  ["glibc-2.40-66-bin", { name: "glibc", version: "2.40-66", output: "bin" }],
  ["python3.12-requests-2.32.3", { name: "python3.12-requests", version: "2.32.3" }],
  ["7zip-22.01+really26.02+dfsg-0+deb12u1", { name: "7zip", version: "22.01+really26.02+dfsg-0+deb12u1" }],
  ["foo-0-unstable-2024-01-01", { name: "foo", version: "0-unstable-2024-01-01" }],
  ["two-words", { name: "two-words" }],
  ["hook.sh", { name: "hook.sh" }],
  ["foo-", { name: "foo-" }],
])("%s has the parts %o", (name, expected) => {
  expect(nameParts(name)).toEqual({ version: undefined, output: undefined, ...expected });
});

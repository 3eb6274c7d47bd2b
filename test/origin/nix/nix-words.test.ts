import { expect, test } from "vitest";
import { sameWords } from "../../../origin/nix/nix-words.ts";

const DERIVATION = "/nix/store/jyaz5mpi59wajy63khyjsdkm14brnccd-failing-1.2.drv";

test.each([
  ["path '/pkgs/x.nix' does not exist", "getting status of '/pkgs/x.nix': No such file or directory"],
  ["cannot update unlocked flake input 'x' in pure mode", "cannot update flake input 'x' in pure mode"],
  [
    `builder for '${DERIVATION}' failed with exit code 101\nOutput paths:\n/nix/store/x`,
    `Cannot build '${DERIVATION}'.\nReason: builder failed with exit code 101.\nOutput paths:\n/nix/store/x`,
  ],
  [
    `builder for '${DERIVATION}' failed with exit code 3`,
    `Cannot build '${DERIVATION}'.\nReason: builder failed with exit code 3.`,
  ],
])("all versions of Nix say: %j", (same, other) => {
  expect(sameWords(other)).toBe(same);
  expect(sameWords(same)).toBe(same);
});

test.each([
  "getting status of '/nix/var/nix/db': Permission denied",
  "getting status of '/nix/var/nix/daemon-socket/socket': No such file or directory",
  `Cannot build '${DERIVATION}'.\nReason: 1 dependency failed.`,
  "attribute 'x' missing",
])("other words stay: %j", (reason) => {
  expect(sameWords(reason)).toBe(reason);
});

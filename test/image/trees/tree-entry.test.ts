import { expect, test } from "vitest";
import { keepsBytes } from "../../../image/trees/tree-entry.ts";

const KIB_64 = 65_536;
const MIB = 1_048_576;

test.each([
  // A store path that is one file. Links lead to it.
  ["", KIB_64],
  ["nix-support/propagated-user-env-packages", MIB],
  ["etc/passwd", MIB],
  ["etc/group", MIB],
  ["lib/sysusers.d/a.conf", KIB_64],
  ["usr/lib/sysusers.d/a.conf", KIB_64],
  ["lib/tmpfiles.d/a.conf", KIB_64],
  // A link may lead to the folder.
  ["lib64/tmpfiles.d/a.conf", KIB_64],
  ["share/etc/passwd", MIB],
])("the bytes of %j are kept up to %d", (path, maxBytes) => {
  expect(keepsBytes(path, maxBytes)).toBe(true);
  expect(keepsBytes(path, maxBytes + 1)).toBe(false);
});

test.each([
  "bin/git",
  "lib/sysusers.d/a.txt",
  "sysusers.d",
  "a.conf",
  "etc/passwd/x",
  "nix-support/setup-hook",
  "passwd",
])("only the size of %j is kept", (path) => {
  expect(keepsBytes(path, 1)).toBe(false);
  expect(keepsBytes(path, 0)).toBe(true);
});

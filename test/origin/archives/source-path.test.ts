import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { base32, sourcePath } from "../../../origin/archives/source-path.ts";

test("a text in Nix's base 32", () => {
  // From Nix's own tests: `nix-hash --type sha256 --to-base32` of the hash of `abc`.
  const hash = createHash("sha256").update("abc").digest();
  expect(base32(hash)).toBe("1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s");
});

test("the store path of a source", () => {
  const hash = Buffer.from("7436283235046a3076d8dce568aa51d8653612e507e4f6aa2fe4ac91edf0473f", "hex");
  expect(sourcePath(hash)).toBe("/nix/store/a9k6jdwpqqi0pn1cvv4hlvsrlps8gx5k-source");
});

import { expect, test } from "vitest";
import { sourcePath } from "../../../origin/archives/source-path.ts";

test("the store path of a source", () => {
  const hash = Buffer.from("7436283235046a3076d8dce568aa51d8653612e507e4f6aa2fe4ac91edf0473f", "hex");
  expect(sourcePath(hash)).toBe("/nix/store/a9k6jdwpqqi0pn1cvv4hlvsrlps8gx5k-source");
});

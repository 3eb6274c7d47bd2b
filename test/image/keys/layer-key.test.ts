import { describe, expect, test } from "vitest";
import { layerHash } from "../../../image/keys/layer-key.ts";

const A = { path: "/nix/store/a", narSize: 1, references: [] };
const B = { path: "/nix/store/b", narSize: 2, references: [] };

describe("a layer's hash", () => {
  test("covers the format version and the paths, one line each", async () => {
    // printf 'cornice layer 8 gzip\n/nix/store/a\n/nix/store/b\n' | sha256sum
    expect(await layerHash([A, B], "gzip")).toBe("f919bdbe1f55d836693194b50c742614748904af534027ee4cecc0df32a86c6d");
  });

  test("does not depend on sizes and references", async () => {
    expect(await layerHash([{ ...A, narSize: 3, references: ["/nix/store/c"] }, B], "gzip")).toBe(
      await layerHash([A, B], "gzip"),
    );
  });

  test("differs between compressions", async () => {
    expect(await layerHash([A, B], "zstd")).not.toBe(await layerHash([A, B], "gzip"));
  });

  test("differs between two paths and one path of the same letters", async () => {
    const hashes = [[A], [B], [A, B], [{ ...A, path: "/nix/store/a/nix/store/b" }]].map((group) =>
      layerHash(group, "gzip"),
    );
    expect(new Set(await Promise.all(hashes)).size).toBe(4);
  });
});

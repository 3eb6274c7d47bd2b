import { describe, expect, test } from "vitest";
import { layerHash, parseLayer } from "../../../image/layers/layer.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const RECORD = { digest: DIGEST, diffId: DIGEST, size: 1 };
const A = { path: "/nix/store/a", narSize: 1, references: [] };
const B = { path: "/nix/store/b", narSize: 2, references: [] };

describe("a layer's hash", () => {
  test("is that of the format's version and the paths, a line each", () => {
    // printf 'cornice layer 6 gzip\n/nix/store/a\n/nix/store/b\n' | sha256sum
    expect(layerHash([A, B], "gzip")).toBe("509eda7c577a0e4679931f04af6265ec1a8a8433c9e50cb9a15c97a613c478c6");
  });

  test("does not depend on what else is known of the paths", () => {
    expect(layerHash([{ ...A, narSize: 3, references: ["/nix/store/c"] }, B], "gzip")).toBe(layerHash([A, B], "gzip"));
  });

  test("tells compressions apart", () => {
    expect(layerHash([A, B], "zstd")).not.toBe(layerHash([A, B], "gzip"));
  });

  test("tells paths apart wherever one ends", () => {
    const hashes = [[A], [B], [A, B], [{ ...A, path: "/nix/store/a/nix/store/b" }]].map((group) =>
      layerHash(group, "gzip"),
    );
    expect(new Set(hashes).size).toBe(4);
  });
});

describe("a record", () => {
  test("is read without what does not belong to it", () => {
    expect(parseLayer({ ...RECORD, more: 1 })).toEqual(RECORD);
  });

  test.each([
    undefined,
    null,
    1,
    "x",
    [],
    {},
    { ...RECORD, digest: undefined },
    { ...RECORD, digest: "sha256:0" },
    { ...RECORD, diffId: "0".repeat(64) },
    { ...RECORD, size: "1" },
    { ...RECORD, size: null },
  ])("is not %j", (value) => {
    expect(parseLayer(value)).toBeUndefined();
  });
});

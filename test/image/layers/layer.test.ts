import { describe, expect, test } from "vitest";
import { parseLayer } from "../../../image/layers/layer.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const RECORD = { digest: DIGEST, diffId: DIGEST, size: 1 };

describe("a record", () => {
  test("is read without unknown members", () => {
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

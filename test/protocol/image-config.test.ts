import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseImageConfig } from "../../protocol/image-config.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";

const DIFF_ID = sha256Digest("1".repeat(64));
const EMPTY = { architecture: undefined, labels: new Map(), diffIds: [], layerDescriptions: [] };

describe("an image's config", () => {
  test("has architecture, labels and layers", () => {
    const config = {
      architecture: "amd64",
      config: { Labels: { "cornice.packages": "git", __proto__x: "y" } },
      rootfs: { type: "layers", diff_ids: [DIFF_ID] },
      history: [{ created_by: "git-2.51.0" }, { created_by: "a comment", empty_layer: true }, {}],
    };
    expect(parseImageConfig(JSON.stringify(config))).toEqual({
      architecture: "amd64",
      labels: new Map([
        ["cornice.packages", "git"],
        ["__proto__x", "y"],
      ]),
      diffIds: [DIFF_ID],
      layerDescriptions: ["git-2.51.0", ""],
    });
  });

  test("keeps a label with the name of a member of every object", () => {
    expect(parseImageConfig('{"config":{"Labels":{"__proto__":"x"}}}')?.labels).toEqual(new Map([["__proto__", "x"]]));
    expect(parseImageConfig('{"config":{"Labels":{}}}')?.labels.get("constructor")).toBeUndefined();
  });

  test.each([
    {},
    { architecture: null, config: null, rootfs: null, history: null },
    { config: { Labels: null }, rootfs: { diff_ids: null } },
  ])("may lack all members: %j", (config) => {
    expect(parseImageConfig(JSON.stringify(config))).toEqual(EMPTY);
  });

  test.each([
    null,
    [],
    { architecture: 64 },
    { config: [] },
    { config: { Labels: [] } },
    { config: { Labels: { "cornice.image-packages": ["git"] } } },
    { rootfs: "layers" },
    { rootfs: { diff_ids: [DIFF_ID, "sha256:1"] } },
    { history: {} },
    { history: [null] },
  ])("is not %j", (config) => {
    expect(parseImageConfig(JSON.stringify(config))).toBeNull();
  });

  test("is not a text that is not JSON, or that is longer than a manifest may be", () => {
    expect(parseImageConfig("{")).toBeNull();
    expect(parseImageConfig("{}".padEnd(MAX_MANIFEST_BYTES + 1))).toBeNull();
  });
});

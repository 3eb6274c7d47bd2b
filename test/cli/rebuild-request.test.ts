import { describe, expect, test } from "vitest";
import { checkRebuildConfig, rebuildEnvironment, rebuildRequest } from "../../cli/rebuild-request.ts";
import type { ProvenanceFacts } from "../../cli/verification/provenance-facts.ts";
import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import { NO_POPULARITY } from "../../image/layers/popularity.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";

const COMMIT = "ab".repeat(20);
const FACTS: ProvenanceFacts = {
  source: "channel:nixos-25.11",
  revision: COMMIT,
  tag: "latest",
  names: ["bashinteractive", "git"],
  architecture: "arm64",
  maxStoreLayers: 90,
  compression: "zstd",
  popularity: NO_POPULARITY.hash,
  formatVersion: FORMAT_VERSION,
};

describe("the request", () => {
  test("asks for the packages at the commit", () => {
    expect(rebuildRequest(FACTS)).toEqual({
      name: { text: "bashinteractive/git", packages: ["bashinteractive", "git"], architecture: "arm64" },
      tag: COMMIT,
    });
  });

  test("asks for an image of the package set", () => {
    expect(rebuildRequest({ ...FACTS, names: ["images/web"] })).toMatchObject({ name: { packages: [], image: "web" } });
  });

  test("asks for latest if the revision is no commit", () => {
    expect(rebuildRequest({ ...FACTS, revision: "r1" }).tag).toBe("latest");
    expect(rebuildRequest({ ...FACTS, revision: undefined }).tag).toBe("latest");
  });
});

test("the settings of the image replace those of this machine, and the commit is allowed", () => {
  const env = { CORNICE_MAX_LAYERS: "10", CORNICE_ALLOWED_REFS: "nixos-*", CORNICE_CHANNEL: "nixos-25.11" };
  expect(rebuildEnvironment(env, FACTS)).toEqual({
    CORNICE_CHANNEL: "nixos-25.11",
    CORNICE_MAX_LAYERS: "90",
    CORNICE_COMPRESSION: "zstd",
    CORNICE_ALLOWED_REFS: `nixos-* ${COMMIT}`,
  });
  expect(rebuildEnvironment({}, { ...FACTS, revision: "r1" })).not.toHaveProperty("CORNICE_ALLOWED_REFS");
});

describe("a machine that would make another image says why:", () => {
  const config = parseBuilderConfig({ CORNICE_CHANNEL: "nixos-25.11" }, 1);

  test("it is fine with the same source, version and popularity", async () => {
    await expect(checkRebuildConfig(config, FACTS)).resolves.toBeUndefined();
  });

  test.each<[Partial<ProvenanceFacts>, string]>([
    [{ source: "git:https://a\u001b[31m.example/b" }, "the image is of the package source git:https://a.example/b"],
    [{ formatVersion: "other" }, "another version of Cornice made the image"],
    [{ popularity: "other" }, "set CORNICE_POPULARITY_URL to the registry's file"],
  ])("%j", async (facts, message) => {
    await expect(checkRebuildConfig(config, { ...FACTS, ...facts })).rejects.toThrow(message);
  });
});

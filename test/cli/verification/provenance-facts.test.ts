import { describe, expect, test } from "vitest";
import { readProvenance } from "../../../cli/verification/provenance-facts.ts";
import type { JsonObject } from "../../../protocol/json-object.ts";

const EXTERNAL = {
  source: "channel:nixos-25.11",
  revision: "r1",
  tag: "latest",
  names: ["git"],
  architecture: "amd64",
};
const INTERNAL = { maxStoreLayers: 100, compression: "zstd", popularity: "none", formatVersion: 7 };

function predicate(external: JsonObject = {}, internal: JsonObject = {}, buildType = "https://a/docs/provenance#v1") {
  const externalParameters = { ...EXTERNAL, ...external };
  return { buildDefinition: { buildType, externalParameters, internalParameters: { ...INTERNAL, ...internal } } };
}

test("a provenance says what to build", () => {
  expect(readProvenance(predicate())).toEqual({ ...EXTERNAL, ...INTERNAL });
});

test("revision and tag may be missing", () => {
  const facts = readProvenance(predicate({ revision: undefined, tag: undefined }));
  expect(facts).toMatchObject({ revision: undefined, tag: undefined });
});

describe("a provenance of another builder, or a malformed one, says nothing:", () => {
  test.each<[string, JsonObject]>([
    ["an empty one", {}],
    ["another build type", predicate({}, {}, "https://mobyproject.org/buildkit@v1")],
    ["no names", predicate({ names: [] })],
    ["a name that could be a path", predicate({ names: ["../etc"] })],
    ["too many names", predicate({ names: Array.from({ length: 256 }, () => "git") })],
    ["another architecture", predicate({ architecture: "riscv64" })],
    ["a revision that is no text", predicate({ revision: 1 })],
    ["a limit of layers that no engine takes", predicate({}, { maxStoreLayers: 125 })],
    ["another compression", predicate({}, { compression: "xz" })],
  ])("%s", (_, value) => {
    expect(readProvenance(value)).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import {
  parseBuildStarted,
  parseImageInfo,
  parsePackages,
  parsePopularImages,
  parseRegistryInfo,
} from "../../../web/page/answers.ts";

const REGISTRY = {
  source: "starter",
  defaultArchitecture: "amd64",
  platforms: ["amd64", "arm64"],
  architectures: ["amd64", "arm64"],
  hasTags: false,
  maxPackages: 64,
  catalog: false,
  needsLogin: false,
};
const INFO = { name: "git", tag: "latest", architecture: "arm64", platforms: ["arm64"] };
const DIGEST = `sha256:${"0".repeat(64)}`;
const BUILT = { manifests: { oci: DIGEST, docker: DIGEST }, revision: "r", resolvedAt: "t", manifest: {}, config: {} };

describe("a valid answer", () => {
  it("is accepted", () => {
    expect(parseRegistryInfo(REGISTRY)).toEqual(REGISTRY);
    expect(parseImageInfo(INFO)).toEqual(INFO);
    expect(parseImageInfo({ ...INFO, buildKey: "0", built: BUILT })).toEqual({ ...INFO, buildKey: "0", built: BUILT });
    expect(parsePopularImages({ images: ["git"] })).toEqual({ images: ["git"] });
    expect(parseBuildStarted({ key: "0" })).toEqual({ key: "0" });
    const index = { source: "starter", revision: "r", packages: [["git", "2.39.5", "version control"]] };
    expect(parsePackages(index)).toEqual({ packages: index.packages });
  });

  it("of a guest has nothing of the source", () => {
    const { source: _, ...guest } = REGISTRY;
    expect(parseRegistryInfo(guest)).toEqual(guest);
    expect(parsePackages({ packages: [] })).toEqual({ packages: [] });
  });

  it("of a list has its record, and says what it lacks", () => {
    const { manifests, revision, resolvedAt } = BUILT;
    const list = { manifests, revision, resolvedAt, leftOut: [{ architecture: "amd64", reason: "no such package" }] };
    const info = { ...INFO, list, built: BUILT };
    expect(parseImageInfo(info)).toEqual(info);
    expect(parseImageInfo({ ...info, list: { manifests } })).toEqual({ ...INFO, built: BUILT });
  });

  it("may lack contents, or have contents that this page does not understand", () => {
    const contents = { packages: [], paths: [], layers: [] };
    expect(parseImageInfo({ ...INFO, built: { ...BUILT, contents } })?.built?.contents).toEqual(contents);
    expect(parseImageInfo({ ...INFO, built: { ...BUILT, contents: "?" } })?.built).toEqual(BUILT);
  });
});

describe("what refers to an image", () => {
  const PROVENANCE = { source: "starter", revision: "0123abc" };
  const TRUST = { keyIds: ["AAAA="], documents: ["spdx", "provenance"], provenance: PROVENANCE };
  const trustOf = (trust: unknown) => parseImageInfo({ ...INFO, built: { ...BUILT, trust } })?.built?.trust;

  it.each([TRUST, { keyIds: [], documents: [] }, { ...TRUST, provenance: { source: "starter" } }])("%j", (trust) => {
    expect(trustOf(trust)).toEqual(trust);
  });

  it("may have documents that this page does not know", () => {
    expect(trustOf({ ...TRUST, documents: ["openvex", "spdx", "/", "spdx"] })?.documents).toEqual(["spdx"]);
  });

  it("may have provenance that this page does not understand", () => {
    expect(trustOf({ ...TRUST, provenance: { source: 1 } })).not.toHaveProperty("provenance");
    expect(trustOf({ ...TRUST, provenance: { source: "a", revision: 1 } })?.provenance).toEqual({ source: "a" });
  });

  it.each([null, "signed", {}, { ...TRUST, keyIds: "AAAA=" }, { ...TRUST, keyIds: [1] }, { ...TRUST, documents: {} }])(
    "is left out if it is malformed: %j",
    (trust) => {
      expect(parseImageInfo({ ...INFO, built: { ...BUILT, trust } })?.built).toEqual(BUILT);
    },
  );
});

describe("an invalid answer is refused:", () => {
  it.each([null, [], "text", {}])("%j", (value) => {
    for (const parse of [parseRegistryInfo, parseImageInfo, parsePackages, parsePopularImages, parseBuildStarted])
      expect(parse(value)).toBeNull();
  });

  it("a field of another type", () => {
    expect(parseRegistryInfo({ ...REGISTRY, maxPackages: "64" })).toBeNull();
    expect(parseRegistryInfo({ ...REGISTRY, source: 1 })).toBeNull();
    expect(parseRegistryInfo({ ...REGISTRY, defaultArchitecture: "riscv" })).toBeNull();
    expect(parseRegistryInfo({ ...REGISTRY, architectures: ["riscv"] })).toBeNull();
    expect(parseRegistryInfo({ ...REGISTRY, platforms: ["riscv"] })).toBeNull();
    expect(parseRegistryInfo({ ...REGISTRY, hasTags: "no" })).toBeNull();
    expect(parseImageInfo({ ...INFO, platforms: "amd64" })).toBeNull();
    expect(parseImageInfo({ ...INFO, built: { ...BUILT, manifests: { oci: "sha256:1" } } })).toBeNull();
    expect(parseImageInfo({ ...INFO, buildKey: 1 })).toBeNull();
    expect(parsePackages({ source: "s", revision: "r", packages: [["git", "1"]] })).toBeNull();
    expect(parsePopularImages({ images: [1] })).toBeNull();
  });
});

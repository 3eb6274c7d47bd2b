import { describe, expect, test } from "vitest";
import type { BuildFacts, SourceFacts } from "../../../image/attestations/build-facts.ts";
import { provenance } from "../../../image/attestations/provenance.ts";
import { createBill } from "../../../image/bills/bill.ts";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import { GIT, GLIBC, IMAGE, OPENSSL, storePath } from "../facts/facts.ts";

const REVISION = "0123456789abcdef0123456789abcdef01234567";
const DERIVATION = storePath("3", "git-2.51.0.drv");
const BUILD: BuildFacts = {
  documentation: "https://images.example/docs/",
  builder: { id: "https://images.example/", versions: { cornice: "0.1.0", nix: "2.28.3" } },
  source: { name: "channel:nixos-25.11", uri: "git+https://github.com/NixOS/nixpkgs", revision: REVISION },
  names: ["git"],
  tag: "latest",
  settings: { compression: "zstd", maxStoreLayers: 100 },
  origins: [
    { kind: "built", path: GIT, derivation: DERIVATION },
    { kind: "cached", path: GLIBC, cache: "https://cache.nixos.org", key: "cache.nixos.org-1" },
  ],
};
const { buildDefinition, runDetails } = provenance(createBill(IMAGE), BUILD);

test("tells what was asked for, and the settings that shape the image", () => {
  expect({ ...buildDefinition, resolvedDependencies: [] }).toEqual({
    buildType: "https://images.example/docs/provenance#v1",
    externalParameters: {
      source: "channel:nixos-25.11",
      revision: REVISION,
      tag: "latest",
      names: ["git"],
      architecture: "amd64",
    },
    internalParameters: { compression: "zstd", maxStoreLayers: 100, formatVersion: FORMAT_VERSION },
    resolvedDependencies: [],
  });
});

test("the source, the derivations and the paths that were there are dependencies", () => {
  expect(buildDefinition.resolvedDependencies).toEqual([
    { name: "source", uri: "git+https://github.com/NixOS/nixpkgs", digest: { gitCommit: REVISION } },
    { name: `${"3".repeat(32)}-git-2.51.0.drv`, uri: `path:${DERIVATION}`, annotations: { outputs: [GIT] } },
    {
      name: `${"1".repeat(32)}-glibc-2.40-66`,
      uri: `path:${GLIBC}`,
      digest: { sha256: "c".repeat(64) },
      mediaType: "application/x-nix-nar",
      downloadLocation: "https://cache.nixos.org",
      annotations: { key: "cache.nixos.org-1" },
    },
    // Nobody knows where this one comes from, nor its hash.
    { name: `${"2".repeat(32)}-openssl-3.0.14-bin`, uri: `path:${OPENSSL}` },
  ]);
});

test("tells the builder, and the paths that it built", () => {
  expect(runDetails).toEqual({
    builder: { id: "https://images.example/", version: { cornice: "0.1.0", nix: "2.28.3" } },
    byproducts: [
      {
        name: `${"0".repeat(32)}-git-2.51.0`,
        uri: `path:${GIT}`,
        digest: { sha256: "c".repeat(64) },
        mediaType: "application/x-nix-nar",
        annotations: { derivation: DERIVATION },
      },
    ],
  });
});

test("a derivation with two outputs is one dependency", () => {
  const origins = [OPENSSL, GIT].map((path) => ({ kind: "built" as const, path, derivation: DERIVATION }));
  const { resolvedDependencies } = provenance(createBill(IMAGE), { ...BUILD, origins }).buildDefinition;
  expect(resolvedDependencies[1]).toHaveProperty("annotations", { outputs: [GIT, OPENSSL] });
  expect(resolvedDependencies).toHaveLength(3);
});

describe("a source", () => {
  test.each<[string, SourceFacts, unknown]>([
    ["without a revision", { name: "starter" }, { name: "source", uri: "starter" }],
    [
      "with a revision that is no commit",
      { name: "path:set", revision: "2026-11" },
      { name: "source", uri: "path:set", annotations: { revision: "2026-11" } },
    ],
    [
      "with a commit of SHA-256",
      { name: "git:https://git.example/set", revision: "d".repeat(64) },
      { name: "source", uri: "git:https://git.example/set", digest: { gitCommit: "d".repeat(64) } },
    ],
  ])("%s", (_, source, expected) => {
    expect(provenance(createBill(IMAGE), { ...BUILD, source }).buildDefinition.resolvedDependencies[0]).toEqual(
      expected,
    );
  });
});

test("the origin of a path that is not part of the closure is an error", () => {
  const stray = storePath("9", "stray-1");
  const origins = [{ kind: "cached" as const, path: stray, cache: "https://cache.nixos.org" }];
  expect(() => provenance(createBill(IMAGE), { ...BUILD, origins })).toThrow(`${stray} is not part of the closure`);
});

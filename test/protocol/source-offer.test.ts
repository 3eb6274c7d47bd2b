import { expect, test } from "vitest";
import { sourceOffer } from "../../protocol/source-offer.ts";

test.each([
  ["starter", { architectures: ["arm64"], hasTags: false, hasUsualPackages: true }],
  ["channel:nixos-25.11", { architectures: ["amd64", "arm64"], hasTags: true, hasUsualPackages: true }],
  ["git:https://example.org/pkgs", { architectures: ["amd64", "arm64"], hasTags: true, hasUsualPackages: false }],
  ["flake:git+ssh://example.org/pkgs", { architectures: ["amd64", "arm64"], hasTags: true, hasUsualPackages: false }],
  ["flake:path:/srv/pkgs", { architectures: ["arm64"], hasTags: false, hasUsualPackages: false }],
  ["path:/srv/pkgs", { architectures: ["arm64"], hasTags: false, hasUsualPackages: false }],
  ["a name of the operator's", { architectures: ["arm64"], hasTags: false, hasUsualPackages: false }],
])("the package source %s offers what it has", (source, offer) => {
  expect(sourceOffer(source, "arm64")).toEqual(offer);
});

test.each(["starter", "path:/srv/pkgs"])("the package source %s offers what the operator wants", (source) => {
  expect(sourceOffer(source, "arm64", ["amd64", "arm64"]).architectures).toEqual(["amd64", "arm64"]);
});

import { expect, test } from "vitest";
import { namedPaths } from "../../../image/facts/path-names.ts";
import { debianPurl, nixPurl } from "../../../image/facts/purl.ts";
import { readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import { storePath } from "./facts.ts";

const HASH = "0".repeat(32);

test.each([
  ["git-2.51.0", "nixpkgs", `pkg:nix/nixpkgs/git@2.51.0?outputhash=${HASH}`],
  ["openssl-3.0.14-bin", "nixpkgs", `pkg:nix/nixpkgs/openssl@3.0.14?output=bin&outputhash=${HASH}`],
  ["hook.sh", undefined, `pkg:nix/hook.sh?outputhash=${HASH}`],
  ["libstdc++6-12.2.0-14+b1", undefined, `pkg:nix/libstdc%2B%2B6@12.2.0-14%2Bb1?outputhash=${HASH}`],
  ["what?-1=2", undefined, `pkg:nix/what%3F@1%3D2?outputhash=${HASH}`],
])("the store path of %s has a package URL", (name, packageSet, expected) => {
  expect(urlOf(name, {}, packageSet)).toBe(expected);
});

test.each([
  ["a/b", "1:2", "pkg:nix/a%2Fb@1:2"],
  ["@scope", "#1", "pkg:nix/%40scope@%231"],
  ["(it's) *new*!", "~1", "pkg:nix/%28it%27s%29%20%2Anew%2A%21@~1"],
  ["π", "\u0000\ud83c", "pkg:nix/%CF%80@%EF%BF%BD"],
  ["x?y&z=1", "1", "pkg:nix/x%3Fy%26z%3D1@1"],
])("the signs of %j are escaped", (name, version, expected) => {
  expect(urlOf("git-2.51.0", { name, version }, undefined)).toBe(`${expected}?outputhash=${HASH}`);
});

const GIT = { name: "git", version: "1:2.47.3-0+deb13u1", architecture: "amd64" };

test.each([
  [GIT, { id: "debian", version: "13" }, "pkg:deb/debian/git@1:2.47.3-0%2Bdeb13u1?arch=amd64&distro=debian-13"],
  [GIT, { id: "ubuntu", version: "24.04" }, "pkg:deb/ubuntu/git@1:2.47.3-0%2Bdeb13u1?arch=amd64&distro=ubuntu-24.04"],
  [GIT, undefined, "pkg:deb/debian/git@1:2.47.3-0%2Bdeb13u1?arch=amd64"],
  [
    { name: "libssl3", version: "3.0-1", architecture: "arm64", source: { name: "openssl", version: "3.0-1" } },
    undefined,
    "pkg:deb/debian/libssl3@3.0-1?arch=arm64&upstream=openssl",
  ],
  [
    { name: "g++", version: "4:14.2", architecture: "arm64", source: { name: "gcc-defaults", version: "1.220" } },
    undefined,
    "pkg:deb/debian/g%2B%2B@4:14.2?arch=arm64&upstream=gcc-defaults%401.220",
  ],
])("the Debian package %o has a package URL", (debian, distribution, expected) => {
  expect(debianPurl(debian, distribution)).toBe(expected);
});

function urlOf(name: string, meta: object, packageSet: string | undefined): string {
  const path = { path: storePath("0", name), narSize: 1, references: [], layers: [] };
  const named = namedPaths({ paths: [{ ...path, metadata: readPackageMetadata(meta) }], requested: [] });
  return named.map((each) => nixPurl(each, packageSet)).join(" ");
}

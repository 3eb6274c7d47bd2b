import { expect, test } from "vitest";
import { createBill } from "../../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../../image/bills/cyclonedx.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import { DEBIAN_IMAGE, DIGEST, GIT, IMAGE, LAYER, OPENSSL, REST_LAYER, storePath } from "../facts/facts.ts";

const document = cyclonedxDocument(createBill(IMAGE));
const ref = (digit: string) => digit.repeat(32);
const DEB = {
  git: "pkg:deb/debian/git@1:2.47.3-0%2Bdeb13u1?arch=amd64&distro=debian-13",
  openssl: "pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64&distro=debian-13&upstream=openssl",
  zlib: "pkg:deb/debian/zlib1g@1:1.3.dfsg%2Breally1.3.1-1%2Bb1?arch=amd64&distro=debian-13",
};

test("a document names its image by the digest, and has no clock", () => {
  expect({ ...document, components: [], dependencies: [] }).toEqual({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: "urn:uuid:01234567-89ab-8def-8123-456789abcdef",
    version: 1,
    metadata: {
      tools: { components: [{ type: "application", name: "cornice", version: "1" }] },
      component: {
        type: "container",
        "bom-ref": DIGEST,
        name: "git",
        version: DIGEST,
        hashes: [{ alg: "SHA-256", content: "0123456789abcdef".repeat(4) }],
      },
    },
    components: [],
    dependencies: [],
  });
});

test("a store path is a component with everything that is known of it", () => {
  expect(document.components[0]).toEqual({
    type: "library",
    "bom-ref": ref("0"),
    name: "git",
    version: "2.51.0",
    hashes: [{ alg: "SHA-256", content: "c".repeat(64) }],
    licenses: [{ license: { id: "GPL-2.0-only" } }, { license: { name: "House rules" } }],
    cpe: "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*",
    purl: `pkg:nix/nixpkgs/git@2.51.0?outputhash=${ref("0")}`,
    externalReferences: [{ type: "website", url: "https://git-scm.com/" }],
    properties: [
      { name: "cornice:store-path", value: GIT },
      { name: "cornice:nar-size", value: "30" },
      { name: "cornice:attribute", value: "git" },
      { name: "cornice:layer", value: LAYER },
    ],
  });
});

test("facts that nobody knows are left out", () => {
  expect(document.components[2]).toEqual({
    type: "library",
    "bom-ref": ref("2"),
    name: "openssl",
    version: "3.0.14",
    purl: `pkg:nix/nixpkgs/openssl@3.0.14?output=bin&outputhash=${ref("2")}`,
    properties: [
      { name: "cornice:store-path", value: OPENSSL },
      { name: "cornice:nar-size", value: "20" },
      { name: "cornice:layer", value: LAYER },
      { name: "cornice:layer", value: REST_LAYER },
    ],
  });
});

test("the image depends on what is requested, and a path on its references", () => {
  expect(document.dependencies).toEqual([
    { ref: DIGEST, dependsOn: [ref("0")] },
    { ref: ref("0"), dependsOn: [ref("1"), ref("2")] },
    { ref: ref("1"), dependsOn: [] },
    { ref: ref("2"), dependsOn: [ref("1")] },
  ]);
});

test("the image depends on paths that nothing else needs, such as certificates", () => {
  const cacert = { path: storePath("7", "cacert-3.1"), narSize: 1, references: [], layers: [] };
  const { dependencies } = cyclonedxDocument(createBill({ ...IMAGE, paths: [...IMAGE.paths, cacert] }));
  expect(dependencies[0]).toEqual({ ref: DIGEST, dependsOn: [ref("0"), ref("7")] });
});

test("Debian packages are components of their own, with their distribution, and their paths depend on them", () => {
  const debian = cyclonedxDocument(createBill(DEBIAN_IMAGE));
  expect(debian.components[0]).toEqual({
    type: "operating-system",
    "bom-ref": "debian-13",
    name: "debian",
    version: "13",
  });
  expect(debian.components.slice(4).map((each) => each["bom-ref"])).toEqual([DEB.git, DEB.openssl, DEB.zlib]);
  expect(debian.components[5]).toEqual({
    type: "library",
    "bom-ref": DEB.openssl,
    name: "libssl3t64",
    version: "3.5.1-1",
    purl: DEB.openssl,
    properties: [
      { name: "aquasecurity:trivy:SrcName", value: "openssl" },
      { name: "aquasecurity:trivy:SrcVersion", value: "3.5.1-1" },
    ],
  });
  expect(debian.dependencies.slice(1)).toEqual([
    { ref: "debian-13" },
    { ref: ref("0"), dependsOn: [ref("1"), ref("2"), DEB.git, DEB.zlib] },
    { ref: ref("1"), dependsOn: [] },
    { ref: ref("2"), dependsOn: [ref("1"), DEB.openssl, DEB.zlib] },
    ...[DEB.git, DEB.openssl, DEB.zlib].map((each) => ({ ref: each })),
  ]);
});

test("the order of paths and references makes no difference", () => {
  const paths = IMAGE.paths.map((path) => ({ ...path, references: path.references.toReversed() })).toReversed();
  expect(documentJson(cyclonedxDocument(createBill({ ...IMAGE, paths })))).toBe(documentJson(document));
});

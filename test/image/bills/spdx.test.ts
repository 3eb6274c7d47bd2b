import { describe, expect, test } from "vitest";
import { readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import { createBill } from "../../../image/bills/bill.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { DEBIAN_IMAGE, DIGEST, GIT, GLIBC, IMAGE, LAYER, OPENSSL, REST_LAYER, storePath } from "../facts/facts.ts";

const document = spdxDocument(createBill(IMAGE));
const id = (digit: string) => `SPDXRef-Package-${digit.repeat(32)}`;
const related = ({ relationships }: ReturnType<typeof spdxDocument>) =>
  relationships.map((each) => `${each.spdxElementId} ${each.relationshipType} ${each.relatedSpdxElement}`);

test("a document names its image by the digest, and has no clock", () => {
  expect(document).toMatchObject({
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "git",
    documentNamespace: `https://spdx.org/spdxdocs/cornice/${"0123456789abcdef".repeat(4)}`,
    creationInfo: { created: "1970-01-01T00:00:00Z", creators: ["Tool: cornice-1"] },
  });
  expect(document.packages[0]).toEqual({
    SPDXID: "SPDXRef-Image",
    name: "git",
    versionInfo: DIGEST,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: "0123456789abcdef".repeat(4) }],
    licenseDeclared: "NOASSERTION",
  });
});

test("a store path is a package with everything that is known of it", () => {
  expect(document.packages[1]).toEqual({
    SPDXID: id("0"),
    name: "git",
    versionInfo: "2.51.0",
    packageFileName: GIT,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    checksums: [{ algorithm: "SHA256", checksumValue: "c".repeat(64) }],
    licenseDeclared: "GPL-2.0-only AND LicenseRef-1-House-rules",
    homepage: "https://git-scm.com/",
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:nix/nixpkgs/git@2.51.0?outputhash=${"0".repeat(32)}`,
      },
      {
        referenceCategory: "SECURITY",
        referenceType: "cpe23Type",
        referenceLocator: "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*",
      },
    ],
    comment: `Requested as git. In layer ${LAYER}.`,
  });
});

test("facts that nobody knows are left out", () => {
  expect(document.packages[3]).toEqual({
    SPDXID: id("2"),
    name: "openssl",
    versionInfo: "3.0.14",
    packageFileName: OPENSSL,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseDeclared: "NOASSERTION",
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:nix/nixpkgs/openssl@3.0.14?output=bin&outputhash=${"2".repeat(32)}`,
      },
    ],
    comment: `In layer ${LAYER}, ${REST_LAYER}.`,
  });
  const hook = { path: storePath("5", "hook.sh"), narSize: 1, references: [], layers: [] };
  expect(spdxDocument(createBill({ ...IMAGE, requested: [], paths: [hook] })).packages[1]).not.toHaveProperty(
    "versionInfo",
  );
});

test("the image contains all paths, and a path depends on its references", () => {
  expect(related(document)).toEqual([
    "SPDXRef-DOCUMENT DESCRIBES SPDXRef-Image",
    ...["0", "1", "2"].map((digit) => `SPDXRef-Image CONTAINS ${id(digit)}`),
    `${id("0")} DEPENDS_ON ${id("1")}`,
    `${id("0")} DEPENDS_ON ${id("2")}`,
    `${id("2")} DEPENDS_ON ${id("1")}`,
  ]);
});

describe("a Debian package", () => {
  const debian = spdxDocument(createBill(DEBIAN_IMAGE));

  test("is a package of its own, once, and tells its source as Trivy reads it", () => {
    expect(debian.packages.slice(5).map(({ SPDXID, name }) => `${SPDXID} ${name}`)).toEqual([
      "SPDXRef-Package-deb-0 git",
      "SPDXRef-Package-deb-1 libssl3t64",
      "SPDXRef-Package-deb-2 zlib1g",
    ]);
    expect(debian.packages[6]).toEqual({
      SPDXID: "SPDXRef-Package-deb-1",
      name: "libssl3t64",
      versionInfo: "3.5.1-1",
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      sourceInfo: "built package from: openssl 3.5.1-1",
      licenseDeclared: "NOASSERTION",
      externalRefs: [
        {
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: "pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64&distro=debian-13&upstream=openssl",
        },
      ],
    });
  });

  test("is contained in its store paths", () => {
    expect(related(debian).filter((line) => line.includes("-deb-"))).toEqual([
      `${id("0")} CONTAINS SPDXRef-Package-deb-0`,
      `${id("0")} CONTAINS SPDXRef-Package-deb-2`,
      `${id("2")} CONTAINS SPDXRef-Package-deb-1`,
      `${id("2")} CONTAINS SPDXRef-Package-deb-2`,
    ]);
  });

  test("comes with its distribution, without which scanners look nothing up", () => {
    expect(debian.packages[1]).toMatchObject({
      SPDXID: "SPDXRef-OperatingSystem",
      name: "debian",
      versionInfo: "13",
      primaryPackagePurpose: "OPERATING_SYSTEM",
    });
    expect(related(debian)).toContain("SPDXRef-Image CONTAINS SPDXRef-OperatingSystem");
  });
});

describe("a license that is not in the SPDX list", () => {
  test.each([
    ["House rules", "LicenseRef-1-House-rules"],
    ['"quoted" (v2.0+)', "LicenseRef-1-quoted-v2.0"],
    ["🎉", "LicenseRef-1"],
    ["x".repeat(1000), `LicenseRef-1-${"x".repeat(40)}`],
  ])("%j has the reference %s", (name, licenseId) => {
    const { packages, hasExtractedLicensingInfos } = withLicenses([name]);
    expect(packages[1]).toHaveProperty("licenseDeclared", licenseId);
    expect(hasExtractedLicensingInfos).toEqual([{ licenseId, extractedText: "NOASSERTION", name }]);
  });

  test("has a reference of its own, even if only signs differ", () => {
    const { packages } = withLicenses(["a b", "a_b", "a b"]);
    expect(packages[1]).toHaveProperty("licenseDeclared", "LicenseRef-1-a-b AND LicenseRef-2-a-b");
  });

  function withLicenses(license: readonly string[]) {
    const metadata = readPackageMetadata({ license });
    return spdxDocument(createBill({ ...IMAGE, paths: IMAGE.paths.map((path) => ({ ...path, metadata })) }));
  }
});

test("the order of paths and references makes no difference", () => {
  const paths = IMAGE.paths.map((path) => ({ ...path, references: path.references.toReversed() })).toReversed();
  expect(documentJson(spdxDocument(createBill({ ...IMAGE, paths })))).toBe(documentJson(document));
});

test("a path that is missing from the closure is an error", () => {
  expect(() => spdxDocument(createBill({ ...IMAGE, paths: IMAGE.paths.slice(0, 2) }))).toThrow(`${GLIBC} is not part`);
});

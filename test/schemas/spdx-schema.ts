/** What SPDX 2.3 says of the members that our documents have. It has no other member. */
const id = { type: "string", pattern: "^SPDXRef-[a-zA-Z0-9.-]+$" };
/** One line without control characters. */
const line = { type: "string", pattern: String.raw`^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$` };
const license = String.raw`(?:LicenseRef-[a-zA-Z0-9.-]+|[a-zA-Z0-9.-]+\+?)`;

/** https://spdx.github.io/spdx-spec/v2.3/package-information/ */
const spdxPackage = record(["SPDXID", "name", "downloadLocation"], {
  SPDXID: id,
  name: line,
  versionInfo: line,
  packageFileName: line,
  downloadLocation: { const: "NOASSERTION" },
  filesAnalyzed: { const: false },
  primaryPackagePurpose: { enum: ["CONTAINER", "OPERATING_SYSTEM"] },
  checksums: list(
    record(["algorithm", "checksumValue"], {
      algorithm: { const: "SHA256" },
      checksumValue: { type: "string", pattern: "^[0-9a-f]{64}$" },
    }),
  ),
  sourceInfo: line,
  licenseDeclared: { type: "string", pattern: `^(?:NOASSERTION|${license}(?: AND ${license})*)$` },
  homepage: { type: "string", pattern: "^https?://[!-~]+$" },
  externalRefs: list({
    oneOf: [
      externalReference("PACKAGE-MANAGER", "purl", "^pkg:[!-~]+$"),
      externalReference("SECURITY", "cpe23Type", "^cpe:2[.]3:[!-~]+$"),
    ],
  }),
  comment: line,
});

/**
 * A schema of our documents, after the text of SPDX 2.3. It allows less than the official schema, which has no patterns:
 * identifiers, expressions and references have their form, and only members that we write are there.
 */
export const SPDX_SCHEMA = record(
  ["spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo", "packages", "relationships"],
  {
    spdxVersion: { const: "SPDX-2.3" },
    dataLicense: { const: "CC0-1.0" },
    SPDXID: { const: "SPDXRef-DOCUMENT" },
    name: line,
    documentNamespace: { type: "string", pattern: "^https://[^#\\s]+$" },
    creationInfo: record(["created", "creators"], {
      created: { type: "string", pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$` },
      creators: list({ type: "string", pattern: "^(?:Person|Organization|Tool): .+$" }),
    }),
    packages: list(spdxPackage),
    hasExtractedLicensingInfos: list(
      record(["licenseId", "extractedText", "name"], {
        licenseId: { type: "string", pattern: "^LicenseRef-[a-zA-Z0-9.-]+$" },
        extractedText: line,
        name: line,
      }),
    ),
    relationships: list(
      record(["spdxElementId", "relationshipType", "relatedSpdxElement"], {
        spdxElementId: id,
        relationshipType: { enum: ["DESCRIBES", "CONTAINS", "DEPENDS_ON"] },
        relatedSpdxElement: id,
      }),
    ),
  },
);

function record(required: readonly string[], properties: object): object {
  return { type: "object", required, properties, additionalProperties: false };
}

function list(items: object): object {
  return { type: "array", items, minItems: 1, uniqueItems: true };
}

function externalReference(category: string, type: string, pattern: string): object {
  return record(["referenceCategory", "referenceType", "referenceLocator"], {
    referenceCategory: { const: category },
    referenceType: { const: type },
    referenceLocator: { type: "string", pattern },
  });
}

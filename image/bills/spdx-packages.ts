import { digestHex } from "../../protocol/digest.ts";
import { storePathHash } from "../closure/store-path.ts";
import type { Distribution } from "../facts/image-facts.ts";
import type { BillDebianPackage, BillPath, Bill } from "./bill.ts";
import { licenseExpression, NO_ASSERTION } from "./spdx-licenses.ts";

/** An SPDX identifier has letters, digits, `.` and `-` only. Trivy learns from its first word what the package is. */
export const IMAGE_ID = "SPDXRef-Image";
export const DISTRIBUTION_ID = "SPDXRef-OperatingSystem";

/** The hash of a store path is enough: no other path has it. Names would make each relationship half as long again. */
export function pathId(path: string): string {
  return `SPDXRef-Package-${storePathHash(path)}`;
}

/** `number`: the package's place in the document. Names can have a `+`, which identifiers cannot. */
export function debianId(number: number): string {
  return `SPDXRef-Package-deb-${number}`;
}

/** SPDX asks for a location. The other member says that the document lists no files. */
const NO_FILES = { downloadLocation: NO_ASSERTION, filesAnalyzed: false };

export function imagePackage({ digest, title }: Bill["image"]) {
  return {
    SPDXID: IMAGE_ID,
    name: title,
    versionInfo: digest,
    ...NO_FILES,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: digestHex(digest) }],
    licenseDeclared: NO_ASSERTION,
  };
}

export function pathPackage(path: BillPath, references: ReadonlyMap<string, string>) {
  const { metadata, narHash } = path;
  return {
    SPDXID: pathId(path.path),
    name: path.name,
    ...(path.version !== undefined && { versionInfo: path.version }),
    packageFileName: path.path,
    ...NO_FILES,
    ...(narHash !== undefined && { checksums: [{ algorithm: "SHA256", checksumValue: narHash }] }),
    licenseDeclared: licenseExpression(metadata?.licenses ?? [], references),
    ...(metadata?.homepage !== undefined && { homepage: metadata.homepage }),
    externalRefs: [
      purlReference(path.purl),
      ...(metadata?.cpe === undefined ? [] : [reference("SECURITY", "cpe23Type", metadata.cpe)]),
    ],
    ...commentOn(path),
  };
}

export function debianPackage({ name, version, source, purl }: BillDebianPackage, number: number) {
  return {
    SPDXID: debianId(number),
    name,
    versionInfo: version,
    ...NO_FILES,
    // Trivy reads the source package from this sentence.
    ...(source && { sourceInfo: `built package from: ${source.name} ${source.version}` }),
    licenseDeclared: NO_ASSERTION,
    externalRefs: [purlReference(purl)],
  };
}

export function distributionPackage({ id, version }: Distribution) {
  return {
    SPDXID: DISTRIBUTION_ID,
    name: id,
    versionInfo: version,
    ...NO_FILES,
    // The specification writes a hyphen, its JSON schema an underscore.
    primaryPackagePurpose: "OPERATING_SYSTEM",
    licenseDeclared: NO_ASSERTION,
  };
}

/** SPDX has no member for either fact. */
function commentOn({ attributes, layers }: BillPath): { readonly comment?: string } {
  const sentences = [
    attributes.length > 0 && `Requested as ${attributes.join(", ")}.`,
    layers.length > 0 && `In layer ${layers.join(", ")}.`,
  ].filter((sentence) => sentence !== false);
  return sentences.length > 0 ? { comment: sentences.join(" ") } : {};
}

function purlReference(purl: string) {
  return reference("PACKAGE-MANAGER", "purl", purl);
}

function reference(referenceCategory: string, referenceType: string, referenceLocator: string) {
  return { referenceCategory, referenceType, referenceLocator };
}

import { digestHex } from "../../protocol/digest.ts";
import { type Bill, TOOL } from "./bill.ts";
import { extractedLicenses, licenseReferences } from "./spdx-licenses.ts";
import {
  debianId,
  debianPackage,
  DISTRIBUTION_ID,
  distributionPackage,
  IMAGE_ID,
  imagePackage,
  pathId,
  pathPackage,
} from "./spdx-packages.ts";

const DOCUMENT_ID = "SPDXRef-DOCUMENT";
/** Each document needs an address of its own. Nothing need be there. SPDX offers this one to tools without a site. */
const NAMESPACE = "https://spdx.org/spdxdocs/cornice";

/**
 * An SPDX 2.3 document about an image: https://spdx.github.io/spdx-spec/v2.3/. Each store path is a package. The
 * document has no clock: `created` is the epoch, as in the image.
 */
export function spdxDocument(bill: Bill) {
  const { image, paths, debian } = bill;
  const references = licenseReferences(paths.flatMap(({ metadata }) => metadata?.licenses ?? []));
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT_ID,
    name: image.title,
    documentNamespace: `${NAMESPACE}/${digestHex(image.digest)}`,
    creationInfo: { created: "1970-01-01T00:00:00Z", creators: [`Tool: ${TOOL.name}-${TOOL.version}`] },
    packages: [
      imagePackage(image),
      ...(image.distribution ? [distributionPackage(image.distribution)] : []),
      ...paths.map((path) => pathPackage(path, references)),
      ...debian.map(debianPackage),
    ],
    ...(references.size > 0 && { hasExtractedLicensingInfos: extractedLicenses(references) }),
    relationships: relationships(bill),
  };
}

function relationships({ image, paths, debian }: Bill) {
  const debianIds = new Map(debian.map(({ purl }, number) => [purl, debianId(number)]));
  const contains = (holder: string, held: string) => relationship(holder, "CONTAINS", held);
  return [
    relationship(DOCUMENT_ID, "DESCRIBES", IMAGE_ID),
    ...(image.distribution ? [contains(IMAGE_ID, DISTRIBUTION_ID)] : []),
    ...paths.map(({ path }) => contains(IMAGE_ID, pathId(path))),
    ...paths.flatMap(({ path, references }) =>
      references.map((reference) => relationship(pathId(path), "DEPENDS_ON", pathId(reference))),
    ),
    ...paths.flatMap((holder) =>
      holder.debian.flatMap((purl) => debianIds.get(purl) ?? []).map((id) => contains(pathId(holder.path), id)),
    ),
  ];
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

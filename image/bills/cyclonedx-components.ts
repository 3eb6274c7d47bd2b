import { digestHex } from "../../protocol/digest.ts";
import { storePathHash } from "../closure/store-path.ts";
import type { Distribution } from "../facts/image-facts.ts";
import type { License } from "../facts/license.ts";
import type { Bill, BillDebianPackage, BillPath } from "./bill.ts";

/** The name of a path inside the document. No other path has its hash. */
export function pathRef(path: string): string {
  return storePathHash(path);
}

export function imageComponent({ digest, title }: Bill["image"]) {
  return {
    type: "container",
    "bom-ref": digest,
    name: title,
    version: digest,
    hashes: [{ alg: "SHA-256", content: digestHex(digest) }],
  };
}

export function pathComponent(item: BillPath) {
  const { path, name, version, purl, narHash, metadata } = item;
  return {
    type: "library",
    "bom-ref": pathRef(path),
    name,
    ...(version !== undefined && { version }),
    ...(narHash !== undefined && { hashes: [{ alg: "SHA-256", content: narHash }] }),
    ...(metadata && metadata.licenses.length > 0 && { licenses: licenseChoices(metadata.licenses) }),
    ...(metadata?.cpe !== undefined && { cpe: metadata.cpe }),
    purl,
    ...(metadata?.homepage !== undefined && { externalReferences: [{ type: "website", url: metadata.homepage }] }),
    properties: pathProperties(item),
  };
}

export function debianComponent({ name, version, purl, source }: BillDebianPackage) {
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    // Trivy looks vulnerabilities up by the source package. It reads no qualifier of the package URL for it.
    ...(source && {
      properties: [
        property("aquasecurity:trivy:SrcName", source.name),
        property("aquasecurity:trivy:SrcVersion", source.version),
      ],
    }),
  };
}

export function distributionComponent({ id, version }: Distribution) {
  return { type: "operating-system", "bom-ref": distributionRef({ id, version }), name: id, version };
}

export function distributionRef({ id, version }: Distribution): string {
  return `${id}-${version}`;
}

function pathProperties({ path, narSize, attributes, layers }: BillPath) {
  return [
    property("cornice:store-path", path),
    property("cornice:nar-size", String(narSize)),
    ...attributes.map((attribute) => property("cornice:attribute", attribute)),
    ...layers.map((layer) => property("cornice:layer", layer)),
  ];
}

function licenseChoices(licenses: readonly License[]) {
  return licenses.map((license) => ({ license: "id" in license ? { id: license.id } : { name: license.name } }));
}

function property(name: string, value: string) {
  return { name, value };
}

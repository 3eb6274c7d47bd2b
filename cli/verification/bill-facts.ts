import { PREDICATE_TYPES } from "../../image/attestations/predicate-types.ts";
import { isStorePath } from "../../image/closure/store-path.ts";
import { isJsonObject, type JsonObject, jsonMembers } from "../../protocol/json-object.ts";

/** What a bill of materials says, as far as it can be compared with the image. */
export interface BillFacts {
  /** SHA-256 of the image's manifest, in hexadecimal. */
  readonly imageHex: string | undefined;
  readonly storePaths: ReadonlySet<string>;
}

/** The readers of Cornice's bills: `image/bills/README.md` says which member holds which fact. */
export const BILL_READERS: Readonly<Record<string, (bill: JsonObject) => BillFacts>> = {
  [PREDICATE_TYPES.spdx]: readSpdx,
  [PREDICATE_TYPES.cyclonedx]: readCyclonedx,
};

function readSpdx(bill: JsonObject): BillFacts {
  const packages = jsonMembers(bill["packages"]).filter(isJsonObject);
  const image = packages.find(({ SPDXID }) => SPDXID === "SPDXRef-Image");
  const checksum = jsonMembers(image?.["checksums"])
    .filter(isJsonObject)
    .find(({ algorithm }) => algorithm === "SHA256");
  return {
    imageHex: textOf(checksum?.["checksumValue"]),
    storePaths: storePathsAmong(packages.map((each) => each["packageFileName"])),
  };
}

function readCyclonedx(bill: JsonObject): BillFacts {
  const { metadata, components } = bill;
  const image = isJsonObject(metadata) ? metadata["component"] : undefined;
  const hashes = jsonMembers(isJsonObject(image) ? image["hashes"] : undefined).filter(isJsonObject);
  const properties = jsonMembers(components)
    .filter(isJsonObject)
    .flatMap((component) => jsonMembers(component["properties"]).filter(isJsonObject));
  return {
    imageHex: textOf(hashes.find(({ alg }) => alg === "SHA-256")?.["content"]),
    storePaths: storePathsAmong(
      properties.filter(({ name }) => name === "cornice:store-path").map(({ value }) => value),
    ),
  };
}

function storePathsAmong(values: readonly unknown[]): ReadonlySet<string> {
  return new Set(values.filter((value) => typeof value === "string").filter(isStorePath));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

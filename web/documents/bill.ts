import { isJsonObject, type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { documentText, linkAddress } from "./document-text.ts";

/** A component of a bill of materials: a store path, or a Debian package in one. */
export interface BillRow {
  readonly name: string;
  readonly version: string | undefined;
  /** Empty if nobody knows them. */
  readonly licenses: readonly string[];
  /** The digests of the layers that hold it. */
  readonly layers: readonly string[];
  /** Bytes. Undefined for a Debian package. */
  readonly size: number | undefined;
  readonly purl: string | undefined;
  /** Undefined for a Debian package. */
  readonly path: string | undefined;
  readonly homepage: string | undefined;
}

/**
 * Reads the components of a CycloneDX document that Cornice wrote (`image/bills/cyclonedx.ts`). The distribution is none
 * of them. Null if the value is no such document.
 */
export function parseBill(value: unknown): readonly BillRow[] | null {
  if (!isJsonObject(value) || value["bomFormat"] !== "CycloneDX" || !Array.isArray(value["components"])) return null;
  const components = jsonMembers(value["components"]).filter(isJsonObject);
  const layersOf = layersByRef(components, jsonMembers(value["dependencies"]).filter(isJsonObject));
  return components.flatMap((component) =>
    component["type"] === "operating-system" ? [] : rowOf(component, layersOf),
  );
}

function rowOf(component: JsonObject, layersOf: (ref: unknown) => readonly string[]): [BillRow] | [] {
  const name = documentText(component["name"]);
  if (name === undefined) return [];
  const references = jsonMembers(component["externalReferences"]).filter(isJsonObject);
  return [
    {
      name,
      version: documentText(component["version"]),
      licenses: jsonMembers(component["licenses"]).flatMap((choice) => licenseOf(choice) ?? []),
      layers: layersOf(component["bom-ref"]),
      size: sizeOf(propertiesOf(component, "cornice:nar-size")[0]),
      purl: documentText(component["purl"]),
      path: documentText(propertiesOf(component, "cornice:store-path")[0]),
      homepage: linkAddress(references.find(({ type }) => type === "website")?.["url"]),
    },
  ];
}

function licenseOf(choice: unknown): string | undefined {
  if (!isJsonObject(choice)) return undefined;
  const { expression, license } = choice;
  const { id, name } = isJsonObject(license) ? license : {};
  return documentText(expression) ?? documentText(id) ?? documentText(name);
}

function sizeOf(text: string | undefined): number | undefined {
  const size = Number(text);
  return /^\d+$/.test(text ?? "") && Number.isSafeInteger(size) ? size : undefined;
}

/** A Debian package is in the layers of the store paths that have its files: these depend on it. */
function layersByRef(
  components: readonly JsonObject[],
  dependencies: readonly JsonObject[],
): (ref: unknown) => readonly string[] {
  const own = new Map(components.map((each) => [each["bom-ref"], propertiesOf(each, "cornice:layer")]));
  const holders = new Map<unknown, Set<string>>();
  for (const { ref, dependsOn } of dependencies) {
    for (const held of jsonMembers(dependsOn)) {
      const layers = holders.get(held) ?? new Set<string>();
      for (const layer of own.get(ref) ?? []) layers.add(layer);
      holders.set(held, layers);
    }
  }
  return (ref) => {
    const layers = own.get(ref) ?? [];
    return layers.length > 0 ? layers : [...(holders.get(ref) ?? [])];
  };
}

function propertiesOf(component: JsonObject, name: string): string[] {
  const properties = jsonMembers(component["properties"]).filter(isJsonObject);
  return properties.flatMap((each) =>
    each["name"] === name && typeof each["value"] === "string" ? [each["value"]] : [],
  );
}

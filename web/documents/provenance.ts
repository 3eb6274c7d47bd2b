import { isJsonObject, type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { documentText } from "./document-text.ts";

/** What a provenance says of an image. */
export interface Provenance {
  readonly source: string | undefined;
  readonly revision: string | undefined;
  /** The packages that somebody asked for, as in the image's name. */
  readonly names: readonly string[];
  readonly builder: string | undefined;
  /** `cornice 0.1`, `nix 2.18` */
  readonly programs: readonly string[];
  /** Store paths that were there before the build, by their cache and key. The most frequent origin comes first. */
  readonly fetched: readonly FetchedPaths[];
  /** Store paths of which nobody knows where they come from. */
  readonly unknown: readonly string[];
  readonly built: readonly BuiltPath[];
}

export interface FetchedPaths {
  readonly cache: string | undefined;
  readonly key: string | undefined;
  readonly paths: readonly string[];
}

export interface BuiltPath {
  readonly path: string;
  readonly derivation: string | undefined;
}

/**
 * Reads an in-toto statement with a provenance that Cornice wrote (`image/attestations/provenance.ts`). Null if the value is
 * none.
 */
export function parseProvenance(value: unknown): Provenance | null {
  const predicate = memberOf(value, "predicate");
  const definition = memberOf(predicate, "buildDefinition");
  const details = memberOf(predicate, "runDetails");
  if (!definition || !details) return null;
  const parameters = memberOf(definition, "externalParameters") ?? {};
  const builder = memberOf(details, "builder") ?? {};
  const origins = jsonMembers(definition["resolvedDependencies"]).flatMap(originOf);
  return {
    source: documentText(parameters["source"]),
    revision: documentText(parameters["revision"]),
    names: textsOf(parameters["names"]),
    builder: documentText(builder["id"]),
    programs: programsOf(memberOf(builder, "version") ?? {}),
    fetched: groupOrigins(origins.filter(({ cache, key }) => cache !== undefined || key !== undefined)),
    unknown: origins.flatMap(({ cache, key, path }) => (cache === undefined && key === undefined ? [path] : [])),
    built: jsonMembers(details["byproducts"]).flatMap(builtOf),
  };
}

interface PathOrigin {
  readonly path: string;
  readonly cache: string | undefined;
  readonly key: string | undefined;
}

const PATH_SCHEME = "path:";

/** The source and the derivations are dependencies, too. Only store paths have the SHA-256 of an archive. */
function originOf(resource: unknown): PathOrigin[] {
  const path = pathOf(resource);
  const annotations = memberOf(resource, "annotations") ?? {};
  if (path === undefined || path.endsWith(".drv") || !isJsonObject(resource)) return [];
  return [{ path, cache: documentText(resource["downloadLocation"]), key: documentText(annotations["key"]) }];
}

function builtOf(resource: unknown): BuiltPath[] {
  const path = pathOf(resource);
  const derivation = documentText(memberOf(resource, "annotations")?.["derivation"]);
  return path === undefined ? [] : [{ path, derivation }];
}

function pathOf(resource: unknown): string | undefined {
  const uri = isJsonObject(resource) ? documentText(resource["uri"]) : undefined;
  return uri?.startsWith(`${PATH_SCHEME}/nix/store/`) ? uri.slice(PATH_SCHEME.length) : undefined;
}

function groupOrigins(origins: readonly PathOrigin[]): readonly FetchedPaths[] {
  const groups = Map.groupBy(origins, ({ cache, key }) => JSON.stringify([cache ?? null, key ?? null]));
  return [...groups.values()]
    .map((group) => ({ cache: group[0]?.cache, key: group[0]?.key, paths: group.map(({ path }) => path) }))
    .toSorted((a, b) => b.paths.length - a.paths.length);
}

function programsOf(versions: JsonObject): string[] {
  return Object.entries(versions).flatMap(([program, version]) => {
    const text = documentText(version);
    return text === undefined ? [] : (documentText(`${program} ${text}`) ?? []);
  });
}

function textsOf(value: unknown): string[] {
  return jsonMembers(value).flatMap((item) => documentText(item) ?? []);
}

function memberOf(value: unknown, name: string): JsonObject | undefined {
  const member = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(member) ? member : undefined;
}

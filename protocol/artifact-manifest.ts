import { isJsonObject, isListOf, parseJsonObject } from "./json-object.ts";
import { type Descriptor, MAX_MANIFEST_BYTES, parseDescriptor, parseManifest } from "./manifest.ts";

/** Notes of a manifest or a descriptor. */
export type Annotations = Readonly<Record<string, string>>;

/** A descriptor with all that tools read: https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface ContentDescriptor extends Descriptor {
  readonly mediaType: string;
  /** What an artifact is, if the descriptor names an artifact's manifest. */
  readonly artifactType?: string;
  readonly annotations?: Annotations;
}

/** A manifest whose layers are documents, such as signatures. */
export interface ArtifactManifest {
  readonly artifactType?: string;
  /** The manifest that the artifact says something about. */
  readonly subject?: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
  readonly annotations?: Annotations;
}

/** Reads a manifest's text with the members that an artifact needs. Null if any of them is malformed, or too long. */
export function parseArtifactManifest(text: string): ArtifactManifest | null {
  // A text has at least as many bytes as UTF-16 units.
  const value = text.length > MAX_MANIFEST_BYTES ? null : parseJsonObject(text);
  if (!value || !parseManifest(value)) return null;
  const { artifactType, annotations, layers: list } = value;
  const subject = value["subject"] === undefined ? undefined : parseContentDescriptor(value["subject"]);
  const layers = parseContentDescriptors(list);
  if (subject === null || !layers || !isOptionalText(artifactType) || !isOptionalAnnotations(annotations)) return null;
  return {
    layers,
    ...(subject && { subject }),
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  };
}

/** Null if any member of the list is malformed. */
export function parseContentDescriptors(value: unknown): readonly ContentDescriptor[] | null {
  if (!Array.isArray(value)) return null;
  const descriptors = value.map((item: unknown) => parseContentDescriptor(item));
  return descriptors.every((descriptor) => descriptor !== null) ? descriptors : null;
}

/** Null for a value that is no descriptor, or that lacks a media type. */
function parseContentDescriptor(value: unknown): ContentDescriptor | null {
  const named = parseDescriptor(value);
  if (!named || !isJsonObject(value)) return null;
  const { mediaType, artifactType, annotations } = value;
  if (typeof mediaType !== "string" || !isOptionalText(artifactType) || !isOptionalAnnotations(annotations))
    return null;
  return {
    mediaType,
    ...named,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isOptionalAnnotations(value: unknown): value is Annotations | undefined {
  return value === undefined || (isJsonObject(value) && isListOf(Object.values(value), isText));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

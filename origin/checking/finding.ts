/** Where an object is. */
export type Place = "R2" | "KV";

export type Fault =
  /** The bytes are not what the key says. Nobody can use the object. */
  | { readonly kind: "damaged" }
  /** Clients would get a wrong media type. */
  | { readonly kind: "content-type"; readonly contentType: string }
  /** The object names a key of R2 that is missing, or that has another size. */
  | { readonly kind: "lost-name"; readonly lost: string }
  /** KV's copy of a tag is not R2's. */
  | { readonly kind: "differs" }
  /** R2 has no copy of a tag in KV. */
  | { readonly kind: "unstored" };

/** Something that is wrong with one object. */
export interface Finding {
  readonly place: Place;
  readonly key: string;
  readonly fault: Fault;
  /** One sentence, without the dot. It begins with the key. */
  readonly message: string;
}

export function finding(place: Place, key: string, fault: Fault, problem: string): Finding {
  return { place, key, fault, message: `${place === "KV" ? "KV: " : ""}${key} ${problem}` };
}

/** Clients get the media type that stands beside the bytes. Empty if `contentType` is undefined: then any will do. */
export function contentTypeFindings(
  { place, key }: Pick<Finding, "place" | "key">,
  contentType: string | undefined,
  stored: unknown,
): readonly Finding[] {
  if (contentType === undefined || stored === contentType) return [];
  const problem = `is served as ${typeof stored === "string" ? stored : "nothing"}, but it is ${contentType}`;
  return [finding(place, key, { kind: "content-type", contentType }, problem)];
}

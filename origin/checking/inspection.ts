/** An object in R2 that another object names. */
export interface NamedObject {
  readonly key: string;
  /** Bytes, if the name says how many. */
  readonly size?: number;
}

/** What the bytes of an object say, without a look at any other object. */
export interface Inspection {
  /** What is wrong with the bytes, as the end of a sentence: "holds no tag". Undefined if nothing is. */
  readonly problem?: string | undefined;
  /** The content type that readers need. Undefined if none of them reads it. */
  readonly contentType?: string | undefined;
  /** What has to be there as long as this object is. */
  readonly names: readonly NamedObject[];
}

/** Nothing is wrong, and nothing is named. */
export const SOUND: Inspection = { names: [] };

export function damaged(problem: string): Inspection {
  return { problem, names: [] };
}

import { jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";

/** The answer to a request for a manifest by tag. */
export interface Answer {
  readonly image: string;
  readonly status: number;
  /** The tier that `Cornice-Cache` names. */
  readonly tier: string;
  /** From the request to the last byte. */
  readonly ms: number;
  /** Milliseconds of the steps that `Server-Timing` names. */
  readonly steps: ReadonlyMap<string, number>;
  readonly layers: number;
}

/** Asks a registry for an image by tag. Throws if there is no answer. */
export async function requestImage(host: string, image: string): Promise<Answer> {
  const started = performance.now();
  const headers = { Accept: MEDIA_TYPES.oci.manifest };
  const response = await fetch(`http://${host}/v2/${image}/manifests/latest`, { headers });
  const text = await response.text();
  const ms = performance.now() - started;
  return {
    image,
    status: response.status,
    tier: response.headers.get("Cornice-Cache") ?? "",
    ms,
    steps: parseServerTiming(response.headers.get("Server-Timing") ?? ""),
    layers: jsonMembers(parseJsonObject(text)?.["layers"]).length,
  };
}

export const OK = 200;

/** The status, and the tier that answered. */
export function describeOutcome({ status, tier }: Answer): string {
  return tier === "" ? `status ${status}` : `status ${status}, ${tier}`;
}

/** Where an image is made: at the edge, or in a build of the origin. */
export type Maker = "edge" | "build";

export function isMadeBy({ status, tier }: Answer, maker: Maker): boolean {
  return status === OK && tier === maker;
}

/** Reads the durations of entries such as `edge-tag;dur=2`: https://www.w3.org/TR/server-timing/#the-server-timing-header-field */
export function parseServerTiming(header: string): ReadonlyMap<string, number> {
  const entries = [...header.matchAll(/([\w-]+);dur=(\d+(?:\.\d+)?)/g)];
  return new Map(entries.map(([, name = "", ms]) => [name, Number(ms)]));
}

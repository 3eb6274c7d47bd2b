import { parseJsonObject } from "../../protocol/json-object.ts";

/** An image that the edge handed to an origin. */
export interface HandOver {
  readonly image: string;
  /** The end of a sentence. */
  readonly reason: string;
}

/** Finds the Worker's lines about images that it handed to an origin. Other lines may stand between them. */
export function handOvers(log: string): HandOver[] {
  return log.split("\n").flatMap((line) => {
    const { message, image, reason } = parseJsonObject(line) ?? {};
    if (message !== "an origin is asked" || typeof image !== "string" || typeof reason !== "string") return [];
    return [{ image, reason }];
  });
}

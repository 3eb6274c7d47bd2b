import type { Architecture } from "./image-name.ts";
import { ARCHITECTURES, isArchitecture } from "./image-request.ts";

/**
 * Reads the setting of the architectures that a name without one stands for: words, separated by spaces or commas. Returns
 * each once, in the order of lists. Adds a wrong or empty text to `problems`, and returns none.
 */
export function parsePlatforms(setting: string, text: string, problems: string[]): readonly Architecture[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length > 0 && words.every(isArchitecture)) return ARCHITECTURES.filter((each) => words.includes(each));
  problems.push(`${setting} is ${JSON.stringify(text)}; each of its words must be amd64 or arm64`);
  return [];
}

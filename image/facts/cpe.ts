import { readText } from "./read-text.ts";

/** One of the ten values behind the part: any, none, or letters with escaped punctuation and wildcards at the ends. */
const VALUE = String.raw`(?:[*-]|[*?]*(?:[\w.-]|\\[!-,/:-@[-^\x60{-~])+[*?]*)`;
/** The formatted string of NIST IR 7695, section 6.2: https://doi.org/10.6028/NIST.IR.7695 */
const CPE = new RegExp(String.raw`^cpe:2\.3:[aho*-](?::${VALUE}){10}$`);

/** Undefined if a value is not a CPE 2.3 name. */
export function readCpe(value: unknown): string | undefined {
  const text = readText(value);
  return text !== undefined && CPE.test(text) ? text : undefined;
}

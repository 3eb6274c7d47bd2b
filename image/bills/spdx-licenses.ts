import { compareText } from "../../protocol/compare-text.ts";
import type { License } from "../facts/license.ts";

/** SPDX writes this for a fact that is unknown. */
export const NO_ASSERTION = "NOASSERTION";

/** Characters of a name in a reference. It is there for readers: the number before it makes the reference unique. */
const MAX_SHOWN = 40;

/** References for the licenses that are not in the SPDX list: from their names to `LicenseRef-1-Artistic-Style`. */
export function licenseReferences(licenses: readonly License[]): ReadonlyMap<string, string> {
  const names = new Set(licenses.flatMap((license) => ("name" in license ? [license.name] : [])));
  return new Map([...names].toSorted(compareText).map((name, index) => [name, referenceTo(name, index + 1)]));
}

/** https://spdx.github.io/spdx-spec/v2.3/other-licensing-information-detected/: letters, digits, `.` and `-` only. */
function referenceTo(name: string, number: number): string {
  const words = name.match(/[A-Za-z0-9.]+/g) ?? [];
  return ["LicenseRef", number, words.join("-").slice(0, MAX_SHOWN)].filter((part) => part !== "").join("-");
}

/**
 * An SPDX license expression. A package set does not say whether all of its licenses apply, or one can be chosen. The
 * expression takes the stricter reading: all apply.
 */
export function licenseExpression(licenses: readonly License[], references: ReadonlyMap<string, string>): string {
  const terms = licenses.map((license) =>
    "id" in license ? license.id : (references.get(license.name) ?? NO_ASSERTION),
  );
  return [...new Set(terms)].toSorted(compareText).join(" AND ") || NO_ASSERTION;
}

/** What a document says of licenses that are not in the SPDX list. Their texts are unknown. */
export function extractedLicenses(references: ReadonlyMap<string, string>) {
  return [...references].map(([name, licenseId]) => ({ licenseId, extractedText: NO_ASSERTION, name }));
}

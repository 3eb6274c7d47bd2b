import currentIds from "spdx-license-ids/index.json" with { type: "json" };
import { distinctLicenses, type License, readLicense } from "../../image/facts/license.ts";

/** Debian's short names that are no identifier of SPDX, in lower case. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["expat", "MIT"],
  ["artistic", "Artistic-1.0"],
  ["cc0", "CC0-1.0"],
]);
const SPDX_IDS: ReadonlyMap<string, string> = new Map(currentIds.map((id) => [id.toLowerCase(), id]));
/** `GPL-2+` or `LGPL-2.1`. A later version is allowed if there is a plus. */
const GNU = /^(AGPL|GPL|LGPL)-(\d)(?:\.(\d))?(?:\.0)?(\+?)$/i;

/**
 * The licenses in Debian's file about the copyright of a package, each once, in their order. Only the machine-readable
 * form tells them: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/. Packaging files are left out. What
 * has no exact identifier of SPDX, such as a choice of licenses, is a license with Debian's own words as its name.
 */
export function copyrightLicenses(text: string): readonly License[] {
  if (!/^Format(?:-Specification)?:/m.test(text)) return [];
  const words = text.split(/\n\s*\n/).flatMap((paragraph) => {
    const files = fieldOf(paragraph, FILES);
    const license = fieldOf(paragraph, LICENSE);
    return files === undefined || license === undefined || isPackaging(files) ? [] : termsOf(license);
  });
  return distinctLicenses([...new Set(words)].flatMap((word) => licenseOf(word) ?? []));
}

const FILES = /^Files:(.*(?:\n[ \t].*)*)/m;
/** The text of the license follows in further lines. */
const LICENSE = /^License:(.*)/m;

function fieldOf(paragraph: string, field: RegExp): string | undefined {
  return field.exec(paragraph)?.[1]?.trim();
}

/** The files with which Debian makes the package are hardly ever in it. */
function isPackaging(files: string): boolean {
  return files.split(/\s+/).every((file) => file.startsWith("debian/"));
}

/** Several licenses that all apply. A choice, or a list with commas, stays as it is. */
function termsOf(license: string): string[] {
  return / or |[,|]/.test(license) ? [license] : license.split(" and ").map((term) => term.trim());
}

function licenseOf(word: string): License | undefined {
  const lower = word.toLowerCase();
  const id = gnuId(word) ?? OTHER_NAMES.get(lower) ?? SPDX_IDS.get(lower);
  return readLicense(id ?? { fullName: word });
}

function gnuId(word: string): string | undefined {
  const [, family = "", major, minor = "0", plus] = GNU.exec(word) ?? [];
  if (major === undefined) return undefined;
  const id = `${family.toUpperCase()}-${major}.${minor}-${plus === "+" ? "or-later" : "only"}`;
  return SPDX_IDS.get(id.toLowerCase());
}

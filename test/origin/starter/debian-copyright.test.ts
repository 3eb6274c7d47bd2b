import { describe, expect, test } from "vitest";
import { copyrightLicenses } from "../../../origin/starter/debian-copyright.ts";

const FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

/** A file with these licenses, one for each file of the package. */
function copyright(...licenses: readonly string[]): string {
  return [FORMAT, ...licenses.map((license, place) => `Files: ${place}.c\nCopyright: me\nLicense: ${license}\n`)].join(
    "\n",
  );
}

describe("Debian's short name", () => {
  test.each([
    ["GPL-2", "GPL-2.0-only"],
    ["GPL-2+", "GPL-2.0-or-later"],
    ["GPL-3.0+", "GPL-3.0-or-later"],
    ["LGPL-2.1+", "LGPL-2.1-or-later"],
    ["AGPL-3", "AGPL-3.0-only"],
    ["Expat", "MIT"],
    ["BSD-3-clause", "BSD-3-Clause"],
    ["Artistic", "Artistic-1.0"],
    ["CC0", "CC0-1.0"],
    ["ISC\n Permission to use …\n .\n THE SOFTWARE", "ISC"],
  ])("%j is %s in SPDX", (name, id) => {
    expect(copyrightLicenses(copyright(name))).toEqual([{ id }]);
  });

  test.each([
    "public-domain",
    "GPL",
    "GPL-9",
    "GPL-2+ or Artistic",
    "GPL-2+ with OpenSSL exception",
    "GPL-1+ or Artistic, and Unicode",
    "LicenseRef-x",
  ])("%j is no identifier: it stays a name", (name) => {
    expect(copyrightLicenses(copyright(name))).toEqual([{ name }]);
  });
});

test("several licenses are told once each, in their order", () => {
  const text = copyright("MIT and GPL-2", "Expat and ISC", "ISC");
  expect(copyrightLicenses(text)).toEqual([{ id: "MIT" }, { id: "GPL-2.0-only" }, { id: "ISC" }]);
});

test("files that make the package do not count", () => {
  const packaging = "Files: debian/*\n debian/rules\nLicense: GPL-3";
  const both = "Files: debian/* *\nLicense: MIT";
  expect(copyrightLicenses([FORMAT, packaging, both].join("\n\n"))).toEqual([{ id: "MIT" }]);
});

test("a text of a license alone is of no file", () => {
  expect(copyrightLicenses(`${FORMAT}\nLicense: GPL-2\n The text.`)).toEqual([]);
});

test("a file for people tells nothing", () => {
  expect(copyrightLicenses("This package was debianized by …\n\nFiles: *\nLicense: GPL-2")).toEqual([]);
});

test("hostile words are one bounded line, or nothing", () => {
  const text = copyright("a\u001b[31m\u202eb", "x".repeat(10_000), "");
  expect(copyrightLicenses(text)).toEqual([{ name: "a b" }]);
});

test("a large file is read in time that grows with its size", () => {
  const text = `${FORMAT}${"\n \t".repeat(500_000)}\nFiles:${" *\n".repeat(500_000)}License: ${" and ".repeat(100_000)}`;
  const start = performance.now();
  copyrightLicenses(text);
  expect(performance.now() - start).toBeLessThan(5000);
});

import { describe, expect, test } from "vitest";
import { readPackageMetadata } from "../../../image/facts/package-metadata.ts";

describe("a license", () => {
  test.each<[string, unknown, unknown]>([
    ["an identifier", "MIT", { id: "MIT" }],
    [
      "an object as in nixpkgs",
      { spdxId: "GPL-3.0-or-later", fullName: "GPL", free: true },
      { id: "GPL-3.0-or-later" },
    ],
    ["an identifier that SPDX has given up", "GPL-2.0", { id: "GPL-2.0" }],
    ["an identifier that is not in the list", "GPL-9", { name: "GPL-9" }],
    ["a wrong identifier with a name", { spdxId: "GPL-9", fullName: "Nine" }, { name: "Nine" }],
    ["a short name", { shortName: "unfree" }, { name: "unfree" }],
    ["a name with signs", { fullName: ' Do\u001b[31m what\u0000you 🎉 "want"\n' }, { name: 'Do what you 🎉 "want"' }],
    ["half a character", { fullName: "half \ud83c" }, { name: "half \ufffd" }],
  ])("can be %s", (_, license, expected) => {
    expect(readPackageMetadata({ license }).licenses).toEqual([expected]);
  });

  test.each<[string, unknown]>([
    ["a number", 1],
    ["null", null],
    ["empty", ""],
    ["nothing but control characters", "\u0000\u0007"],
    ["an object without a name", { free: true }],
    ["longer than any name", "x".repeat(1001)],
  ])("that is %s is left out", (_, license) => {
    expect(readPackageMetadata({ license: [license, "MIT"] }).licenses).toEqual([{ id: "MIT" }]);
  });

  test("is one of at most 100", () => {
    expect(readPackageMetadata({ license: Array.from({ length: 1000 }, () => "MIT") }).licenses).toHaveLength(100);
  });
});

describe("a homepage", () => {
  test.each<[string, unknown, string | undefined]>([
    ["an address", "https://git-scm.com", "https://git-scm.com/"],
    ["the first usable one of a list", [7, "https://a.example/b", "https://c.example"], "https://a.example/b"],
    ["an address with signs", 'https://a.example/"<script>', "https://a.example/%22%3Cscript%3E"],
    ["an address with braces", "https://a.example/{x}?q={|}^`", "https://a.example/%7Bx%7D?q=%7B%7C%7D%5E%60"],
    ["a script", "javascript:alert(1)", undefined],
    ["a file", "file:///etc/passwd", undefined],
    ["an address with a password", "https://user:secret@a.example", undefined],
    ["no address", "see the manual", undefined],
    ["an address that gets too long when it is written in ASCII", `https://a.example/${"é".repeat(200)}`, undefined],
  ])("that is %s", (_, homepage, expected) => {
    expect(readPackageMetadata({ homepage }).homepage).toBe(expected);
  });
});

describe("a CPE name", () => {
  test.each([
    "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*",
    String.raw`cpe:2.3:a:gnu:libstdc\+\+:12.2:-:*:en-us:*:linux:*:*`,
  ])("%s is kept", (cpe) => {
    expect(readPackageMetadata({ cpe }).cpe).toBe(cpe);
  });

  test.each([
    "cpe:/a:git-scm:git:2.51.0",
    "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*",
    "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*:*",
    "cpe:2.3:x:git-scm:git:2.51.0:*:*:*:*:*:*:*",
    "cpe:2.3:a:git scm:git:2.51.0:*:*:*:*:*:*:*",
    'cpe:2.3:a:"git":git:2.51.0:*:*:*:*:*:*:*',
  ])("%s is left out", (cpe) => {
    expect(readPackageMetadata({ cpe }).cpe).toBeUndefined();
  });
});

describe("a Debian package", () => {
  const DEB = { name: "libssl3t64", version: "1:3.5.1-1+b1~x", architecture: "amd64" };
  const source = { name: "openssl", version: "3.5.1-1" };

  test.each([
    ["without its source", DEB, DEB],
    ["with its source", { ...DEB, source }, { ...DEB, source }],
    ["with a malformed source", { ...DEB, source: { name: "openssl" } }, DEB],
    ["with more members", { ...DEB, color: "red" }, DEB],
  ])("%s", (_, value, expected) => {
    expect(readPackageMetadata({ debian: value }).debian).toEqual([expected]);
  });

  test.each([
    ["name", "Git"],
    ["name", "git?x=y"],
    ["version", "latest"],
    ["version", "1.0 2"],
    ["architecture", "amd64&distro=x"],
    ["architecture", undefined],
  ])("with the %s %j is left out", (member, value) => {
    expect(readPackageMetadata({ debian: [{ ...DEB, [member]: value }] }).debian).toEqual([]);
  });
});

test.each([[undefined], [null], [7], ["meta"], [[]], [{}]])("%j says nothing", (value) => {
  expect(readPackageMetadata(value)).toEqual({ licenses: [], debian: [] });
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { distinctLicenses } from "../../../image/facts/license.ts";
import { parseAttributeTable } from "../../../origin/starter/attribute-table.ts";
import { copyrightLicenses } from "../../../origin/starter/debian-copyright.ts";
import { compareVersions, upstreamVersion } from "../../../origin/starter/debian-version.ts";
import { PackageLists } from "../../../origin/starter/package-list.ts";
import { parseRelations, satisfies } from "../../../origin/starter/relation.ts";
import { jsonLine } from "../odd-json.ts";
import { longText, mutated, oddText, wholeText } from "../odd-text.ts";
import { accepted, type Property, property, quickly } from "../property.ts";
import { hash } from "../valid.ts";

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#version */
const version = fc
  .tuple(
    fc.constantFrom("", "0:", "1:", "10:"),
    fc.stringMatching(/^[0-9][0-9a-c.+~]{0,6}$/),
    fc.constantFrom("", "-1", "-0+deb12u3", "-1~rc1"),
  )
  .map((parts) => parts.join(""));
const anyVersion = fc.oneof(version, mutated(version), oddText(20));

const relation = fc
  .tuple(
    fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,6}$/),
    fc.constantFrom("", ":any", ":amd64"),
    fc.constantFrom("", " (>= 1)", " (<< 2:1~a)", " (= x y)"),
  )
  .map((parts) => parts.join(""));
const field = fc.array(relation, { maxLength: 5 }).chain((list) => fc.constantFrom(list.join(", "), list.join(" | ")));

const paragraph = fc
  .record({ name: fc.constantFrom("git", "htop", "x'"), version, hash, more: oddText(), description: wholeText(20) })
  .map(
    (entry) =>
      `Package: ${entry.name}\nVersion: ${entry.version}\nArchitecture: amd64\nSHA256: ${entry.hash}\n` +
      `Description: ${entry.description}\n more\nDepends: ${entry.more}\n`,
  );
const list = fc
  .array(fc.oneof(paragraph, mutated(paragraph), oddText()), { maxLength: 5 })
  .map((parts) => Buffer.from(parts.join("\n")));

async function readList(bytes: Buffer, pieceLength: number) {
  const lists = new PackageLists();
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceLength) yield bytes.subarray(at, at + pieceLength);
  }
  await lists.add(pieces(), "Debian/trixie", "amd64");
  return lists.packages;
}

const licenseWord = fc.oneof(
  fc.constantFrom("GPL-2+", "Expat", "MIT and ISC", "GPL-2 or Artistic", ""),
  oddText(),
  longText(" and ", " or ", "GPL-", "\n ", "\n\n", ","),
);
const copyrightParts = fc.array(fc.tuple(fc.oneof(fc.constantFrom("*", "debian/*", "a b"), oddText()), licenseWord), {
  maxLength: 4,
});

export const debian: readonly Property[] = [
  property("debian/copyright", copyrightParts, (parts) => {
    const paragraphs = parts.map(([files, license]) => `Files: ${files}\nLicense: ${license}\n`);
    const licenses = quickly(() => copyrightLicenses(["Format: x\n", ...paragraphs].join("\n")));
    assert.deepEqual(distinctLicenses(licenses), licenses);
    for (const license of licenses) assert.doesNotMatch("id" in license ? license.id : license.name, /\p{Cc}|\p{Cf}/u);
  }),

  property("debian/version-order", fc.tuple(version, version, version), ([a, b, c]) => {
    const [least, middle, greatest] = [a, b, c].toSorted(compareVersions);
    assert.ok(compareVersions(least ?? "", greatest ?? "") <= 0 && compareVersions(middle ?? "", greatest ?? "") <= 0);
    assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0);
  }),

  property(
    "debian/any-version",
    fc.oneof(fc.tuple(anyVersion, anyVersion), fc.tuple(longText("0", "~", ":"), longText("0", "~", "-"))),
    ([a, b]) => {
      assert.equal(compareVersions(a, a), 0);
      assert.equal(Math.sign(quickly(() => compareVersions(a, b))) + Math.sign(compareVersions(b, a)), 0);
      assert.ok(a.includes(upstreamVersion(a)));
    },
  ),

  property(
    "debian/relations",
    fc.tuple(fc.oneof(field, mutated(field), oddText(60), longText(" ", "(", "a", ", ", "|")), anyVersion),
    ([text, has]) => {
      for (const one of quickly(() => parseRelations(text)).flat()) {
        assert.match(one.name, /^[a-z0-9][a-z0-9+.-]*$/);
        assert.equal(one.operator === undefined, one.version === undefined);
        assert.equal(typeof satisfies(has, one), "boolean");
      }
    },
  ),

  property("debian/lists", fc.tuple(list, fc.integer({ min: 1, max: 200 })), async ([bytes, pieceLength]) => {
    const packages = await readList(bytes, pieceLength);
    assert.deepEqual(packages, await readList(bytes, bytes.length + 1));
    for (const [name, found] of packages) {
      assert.equal(found.name, name);
      assert.match(found.sha256, /^[0-9a-f]{64}$/);
    }
  }),

  property(
    "debian/attribute-tables",
    jsonLine(
      fc.dictionary(
        oddText(8),
        fc.oneof(
          oddText(8),
          fc.array(oddText(8)),
          fc.record({ debs: fc.array(oddText(8)), programs: fc.array(oddText(8)) }),
        ),
        { maxKeys: 3, noNullPrototype: true },
      ),
    ),
    (json) => {
      const table = accepted(
        () => parseAttributeTable(json),
        (error) => error instanceof TypeError || error instanceof SyntaxError,
      );
      for (const { debs, programs } of table ?? [])
        for (const text of [...debs, ...programs]) assert.equal(typeof text, "string");
    },
  ),
];

import { describe, expect, test } from "vitest";
import { createBill } from "../../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../../image/bills/cyclonedx.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import type { ImageFacts } from "../../../image/facts/image-facts.ts";
import { parseJson } from "../../../protocol/json-object.ts";
import { parseBill } from "../../../web/documents/bill.ts";
import { DEBIAN_IMAGE, GIT, IMAGE, LAYER, REST_LAYER } from "../../image/facts/facts.ts";

/** As the page gets it. */
function billOf(facts: ImageFacts): unknown {
  return parseJson(documentJson(cyclonedxDocument(createBill(facts))));
}

describe("a bill of materials of Cornice", () => {
  test("has a row for each store path", () => {
    const rows = parseBill(billOf(IMAGE));
    expect(rows?.map(({ name, version, size }) => [name, version, size])).toEqual([
      ["git", "2.51.0", 30],
      ["glibc", "2.40-66", 10],
      ["openssl", "3.0.14", 20],
    ]);
    expect(rows?.[0]).toEqual({
      name: "git",
      version: "2.51.0",
      licenses: ["GPL-2.0-only", "House rules"],
      layers: [LAYER],
      size: 30,
      purl: `pkg:nix/nixpkgs/git@2.51.0?outputhash=${"0".repeat(32)}`,
      path: GIT,
      homepage: "https://git-scm.com/",
    });
  });

  test("has a row for each Debian package, with the layers of the store paths that hold it", () => {
    const rows = parseBill(billOf(DEBIAN_IMAGE))?.filter(({ path }) => path === undefined);
    expect(rows?.map(({ name, version, layers, size }) => [name, version, layers, size])).toEqual([
      ["git", "1:2.47.3-0+deb13u1", [LAYER], undefined],
      ["libssl3t64", "3.5.1-1", [LAYER, REST_LAYER], undefined],
      ["zlib1g", "1:1.3.dfsg+really1.3.1-1+b1", [LAYER, REST_LAYER], undefined],
    ]);
  });
});

describe("a hostile bill", () => {
  const rowOf = (component: object) =>
    parseBill({ bomFormat: "CycloneDX", components: [{ type: "library", ...component }] })?.[0];

  test.each<[string, unknown, string]>([
    ["control characters", "a\u0000\u001b[31mb\nc", "a b c"],
    ["marks that turn the direction", "a\u202eb\u2066", "a b"],
    ["markup, which stays text", "<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["half of a character", "a\ud800", "a\ufffd"],
  ])("with %s in a name", (_, name, shown) => {
    expect(rowOf({ name })?.name).toBe(shown);
  });

  test("with a name of 10 kB has the beginning of it", () => {
    expect(rowOf({ name: "x".repeat(10_000) })?.name).toBe(`${"x".repeat(299)}…`);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//", 7])(
    "with the homepage %j",
    (url) => {
      expect(rowOf({ name: "a", externalReferences: [{ type: "website", url }] })?.homepage).toBeUndefined();
    },
  );

  test.each([undefined, null, 7, "", " ", "\u202e", {}])("with the name %j lacks the row", (name) => {
    expect(rowOf({ name })).toBeUndefined();
  });

  test("with members of wrong types has a row without them", () => {
    const component = { name: "a", version: 1, licenses: [null, { license: 7 }], properties: [{ name: 1 }], purl: {} };
    expect(rowOf(component)).toEqual({ name: "a", licenses: [], layers: [] });
  });

  test.each(["-1", "1e3", "", "99999999999999999999", "x"])("with the size %j has none", (value) => {
    expect(rowOf({ name: "a", properties: [{ name: "cornice:nar-size", value }] })?.size).toBeUndefined();
  });

  test.each([[null], ["x"], [{}], [{ bomFormat: "CycloneDX" }], [{ bomFormat: "SPDX", components: [] }]])(
    "%j is none",
    (value) => {
      expect(parseBill(value)).toBeNull();
    },
  );
});

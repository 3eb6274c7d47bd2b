import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { createBill } from "../../image/bills/bill.ts";
import { spdxDocument } from "../../image/bills/spdx.ts";
import { documentJson } from "../../image/facts/clean-text.ts";
import { IMAGE } from "../image/facts/facts.ts";
import { listAt, memberAt, objectOf, textAt } from "../json.ts";
import { IMAGES } from "./images.ts";
import { SPDX_SCHEMA } from "./spdx-schema.ts";

const isValid = new Ajv({ unicodeRegExp: true }).compile(SPDX_SCHEMA);

describe.each(IMAGES)("the SPDX document of %s", (_, image) => {
  const document = objectOf(documentJson(spdxDocument(createBill(image))));
  const ids = listAt(document, "packages").map((each) => textAt(each, "SPDXID"));

  test("has members as the specification defines them", () => {
    isValid(document);
    expect(isValid.errors ?? []).toEqual([]);
  });

  test("has a package for every store path, each with its own identifier", () => {
    const paths = listAt(document, "packages").map((each) => memberAt(each, "packageFileName"));
    expect(new Set(paths.filter((path) => path !== undefined))).toEqual(new Set(image.paths.map(({ path }) => path)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("relates only elements that are there", () => {
    const known = new Set(["SPDXRef-DOCUMENT", ...ids]);
    const ends = listAt(document, "relationships").flatMap((each) => [
      textAt(each, "spdxElementId"),
      textAt(each, "relatedSpdxElement"),
    ]);
    expect(ends.filter((end) => !known.has(end))).toEqual([]);
  });

  test("defines each license that is not in the SPDX list", () => {
    const infos = "hasExtractedLicensingInfos" in document ? listAt(document, "hasExtractedLicensingInfos") : [];
    const used = listAt(document, "packages").flatMap(
      (each) => textAt(each, "licenseDeclared").match(/LicenseRef-[^ ]+/g) ?? [],
    );
    expect(new Set(infos.map((info) => textAt(info, "licenseId")))).toEqual(new Set(used));
  });
});

test.each([
  ["a license that is no expression", { licenseDeclared: "House rules" }],
  ["an identifier with a plus sign", { SPDXID: "SPDXRef-libstdc++" }],
  ["a control character", { name: "a\u0007" }],
  ["an unknown member", { color: "red" }],
])("the schema refuses %s", (_, member) => {
  const document = spdxDocument(createBill(IMAGE));
  expect(isValid({ ...document, packages: [{ ...document.packages[0], ...member }] })).toBe(false);
});

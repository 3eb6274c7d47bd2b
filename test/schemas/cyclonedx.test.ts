import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import current from "spdx-license-ids/index.json" with { type: "json" };
import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import { expect, test } from "vitest";
import { createBill } from "../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../image/bills/cyclonedx.ts";
import { documentJson } from "../../image/facts/clean-text.ts";
import { IMAGE } from "../image/facts/facts.ts";
import { objectOf } from "../json.ts";
import { IMAGES } from "./images.ts";

/** The official schemas of CycloneDX, as its own library for JavaScript ships them. */
const SCHEMAS = new URL("../../node_modules/@cyclonedx/cyclonedx-library/res/schema/", import.meta.url);
const readSchema = async (name: string) =>
  objectOf(await readFile(new URL(`${name}.SNAPSHOT.schema.json`, SCHEMAS), "utf8"));

const ajv = new Ajv({
  strict: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/,
    "idn-email": /^[^@\s]+@[^@\s]+$/,
    "iri-reference": (text: string) => /^[^\s"<>\\^`{|}]*$/.test(text) && URL.canParse(text, "https://example.org"),
  },
});
for (const name of ["spdx", "jsf-0.82", "cryptography-defs"])
  ajv.addSchema(await readSchema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const isValid = ajv.compile(await readSchema("bom-1.6"));

test.each(IMAGES)("the CycloneDX document of %s fits the official schema", (_, image) => {
  isValid(objectOf(documentJson(cyclonedxDocument(createBill(image)))));
  expect(isValid.errors ?? []).toEqual([]);
});

test("the schema knows every license identifier that we know", () => {
  const [path] = IMAGE.paths;
  const licenses = [...current, ...deprecated].map((id) => ({ id }));
  const paths = path ? [{ ...path, references: [], metadata: { licenses, debian: [] } }] : [];
  isValid(cyclonedxDocument(createBill({ ...IMAGE, paths })));
  expect(isValid.errors ?? []).toEqual([]);
});

test.each([
  ["a license identifier that SPDX does not know", { licenses: [{ license: { id: "GPL-9" } }] }],
  ["a hash that is none", { hashes: [{ alg: "SHA-256", content: "none" }] }],
  ["an unknown member", { color: "red" }],
])("the schema refuses %s", (_, member) => {
  const document = cyclonedxDocument(createBill(IMAGE));
  expect(isValid({ ...document, components: [{ ...document.components[0], ...member }] })).toBe(false);
});

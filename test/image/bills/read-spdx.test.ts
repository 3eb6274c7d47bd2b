import { describe, expect, test } from "vitest";
import { createBill } from "../../../image/bills/bill.ts";
import { readSpdx } from "../../../image/bills/read-spdx.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import { type JsonObject, parseJsonObject } from "../../../protocol/json-object.ts";
import { DEBIAN_IMAGE, GIT, GLIBC, IMAGE, OPENSSL } from "../facts/facts.ts";

function documentOf(image: typeof IMAGE): JsonObject {
  return parseJsonObject(documentJson(spdxDocument(createBill(image)))) ?? {};
}

test("a document gives the packages and all store paths, with the hashes that are known", () => {
  const narHash = "c".repeat(64);
  expect(readSpdx(documentOf(IMAGE))).toEqual({
    title: "git",
    paths: [{ path: GIT, narHash }, { path: GLIBC, narHash }, { path: OPENSSL }],
  });
});

test("the image, the distribution and Debian packages are no store paths", () => {
  expect(readSpdx(documentOf(DEBIAN_IMAGE))?.paths.map(({ path }) => path)).toEqual([GIT, GLIBC, OPENSSL]);
});

describe("a document is malformed", () => {
  const withPackage = (change: object) => ({ name: "git", packages: [{ packageFileName: GIT, ...change }] });

  test.each([
    ["without a name", { packages: [] }],
    ["without packages", { name: "git" }],
    ["if a package is no object", { name: "git", packages: [null] }],
    ["if a file is no store path", withPackage({ packageFileName: "/etc/passwd" })],
    ["if the hashes are no list", withPackage({ checksums: {} })],
    ["if there is no hash", withPackage({ checksums: [] })],
    [
      "if the hash is of another kind",
      withPackage({ checksums: [{ algorithm: "SHA1", checksumValue: "c".repeat(64) }] }),
    ],
    ["if the hash is too short", withPackage({ checksums: [{ algorithm: "SHA256", checksumValue: "c" }] })],
  ])("%s", (_, document) => {
    expect(readSpdx(document)).toBeNull();
  });
});

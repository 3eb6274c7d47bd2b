import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { requestHash } from "../../../origin/builds/request-record.ts";

const REQUEST = { source: "starter", architecture: "amd64", packages: ["git", "htop"] } as const;
const INPUT = { request: REQUEST, revision: "r1", format: "f" };

test("the hash of packages covers a list of texts", () => {
  const text = '["cornice request",1,"f","starter","r1","amd64","git","htop"]';
  expect(requestHash(INPUT)).toBe(createHash("sha256").update(text).digest("hex"));
});

test("the hash differs for an image, for what nixpkgs may allow, and for packages called the same", () => {
  const nixpkgsConfig = '{"allowUnfree":true}';
  const image = { ...REQUEST, packages: [], image: "web" };
  const hashes = [
    INPUT,
    { ...INPUT, nixpkgsConfig },
    { ...INPUT, request: { ...REQUEST, packages: ["git", "htop", nixpkgsConfig] } },
    { ...INPUT, request: image },
    { ...INPUT, request: { ...image, image: "other" } },
    { ...INPUT, request: image, nixpkgsConfig },
    { ...INPUT, request: { ...REQUEST, packages: ["images", "web"] } },
    { ...INPUT, request: { ...REQUEST, packages: ["images.web"] } },
  ].map(requestHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

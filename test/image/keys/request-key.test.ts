import { expect, test } from "vitest";
import { requestHash } from "../../../image/keys/request-key.ts";

const REQUEST = { source: "starter", architecture: "amd64", packages: ["git", "htop"] } as const;
const INPUT = { request: REQUEST, revision: "r1", format: "f" };

test("the hash of packages covers a list of strings", async () => {
  // printf '%s' '["cornice request",3,"f","starter","r1","amd64","git","htop"]' | sha256sum
  expect(await requestHash(INPUT)).toBe("e29fe4ea2abaf27471b9908ee3f675f2ded3733b44f92ccbb3bfa22d38313461");
});

test("the hash differs for an image, for a nixpkgs and its configuration, and for packages of the same names", async () => {
  const nixpkgsConfig = '{"allowUnfree":true}';
  const image = { ...REQUEST, packages: [], image: "web" };
  const hashes = [
    INPUT,
    { ...INPUT, nixpkgsConfig },
    { ...INPUT, nixpkgs: "r1" },
    { ...INPUT, nixpkgs: "r2" },
    { ...INPUT, request: { ...REQUEST, packages: ["git", "htop", nixpkgsConfig] } },
    { ...INPUT, request: image },
    { ...INPUT, request: { ...image, image: "other" } },
    { ...INPUT, request: image, nixpkgsConfig },
    { ...INPUT, request: { ...REQUEST, packages: ["images", "web"] } },
    { ...INPUT, request: { ...REQUEST, packages: ["images.web"] } },
  ].map(requestHash);
  expect(new Set(await Promise.all(hashes)).size).toBe(hashes.length);
});

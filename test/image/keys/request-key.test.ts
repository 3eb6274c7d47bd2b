import { expect, test } from "vitest";
import { requestHash } from "../../../image/keys/request-key.ts";

const REQUEST = { source: "starter", architecture: "amd64", packages: ["git", "htop"] } as const;
const INPUT = { request: REQUEST, revision: "r1", format: "f" };

test("the hash of packages covers a list of strings", async () => {
  // printf '%s' '["cornice request",2,"f","starter","r1","amd64","git","htop"]' | sha256sum
  expect(await requestHash(INPUT)).toBe("c9514f962ced2694b6b7fa579502fdb1317913dbded950cbc3625949d3588f15");
});

test("the hash differs for an image, for nixpkgs' configuration, and for packages of the same names", async () => {
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
  expect(new Set(await Promise.all(hashes)).size).toBe(hashes.length);
});

import { expect, test } from "vitest";
import { requestHash } from "../../../image/keys/request-key.ts";

const REQUEST = { source: "starter", architecture: "amd64", packages: ["git", "htop"] } as const;
const INPUT = { request: REQUEST, revision: "r1", format: "f" };

test("the hash of packages covers a list of strings", async () => {
  // printf '%s' '["cornice request",1,"f","starter","r1","amd64","git","htop"]' | sha256sum
  expect(await requestHash(INPUT)).toBe("2b1692c512feae5f01574221a32db68a9142de43d2c03313f885cfee70d256db");
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

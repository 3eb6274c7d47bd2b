import type { ImageFacts, PathFacts } from "../../../image/facts/image-facts.ts";
import { readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import { sha256Digest } from "../../../protocol/digest.ts";

/** `/nix/store/<hash>-<name>` with a hash that repeats one digit. */
export function storePath(digit: string, name: string): string {
  return `/nix/store/${digit.repeat(32)}-${name}`;
}

export const DIGEST = sha256Digest("0123456789abcdef".repeat(4));
export const LAYER = sha256Digest("a".repeat(64));
export const REST_LAYER = sha256Digest("b".repeat(64));

export const GIT = storePath("0", "git-2.51.0");
export const GLIBC = storePath("1", "glibc-2.40-66");
export const OPENSSL = storePath("2", "openssl-3.0.14-bin");
const NAR_HASH = "c".repeat(64);

/** git needs openssl and glibc. openssl's cache gave no hash, and its package set no metadata. */
export const IMAGE: ImageFacts = {
  digest: DIGEST,
  architecture: "amd64",
  title: "git",
  requested: [{ attribute: "git", paths: [GIT] }],
  packageSet: "nixpkgs",
  paths: [
    {
      path: GIT,
      narSize: 30,
      narHash: NAR_HASH,
      references: [OPENSSL, GLIBC, GIT],
      layers: [LAYER],
      metadata: readPackageMetadata({
        license: [{ spdxId: "GPL-2.0-only" }, { fullName: "House rules" }],
        homepage: "https://git-scm.com",
        cpe: "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*",
      }),
    },
    { path: OPENSSL, narSize: 20, references: [GLIBC], layers: [REST_LAYER, LAYER] },
    { path: GLIBC, narSize: 10, narHash: NAR_HASH, references: [GLIBC], layers: [REST_LAYER] },
  ],
};

/** An image of the starter set: two store paths, with files of three Debian packages, one of them in both paths. */
export const DEBIAN_IMAGE: ImageFacts = {
  ...IMAGE,
  packageSet: undefined,
  distribution: { id: "debian", version: "13" },
  paths: IMAGE.paths.map((facts) => ({ ...facts, metadata: facts.path === GLIBC ? undefined : debianMetadata(facts) })),
};

function debianMetadata({ path }: PathFacts): PathFacts["metadata"] {
  const architecture = "amd64";
  const zlib = { name: "zlib1g", version: "1:1.3.dfsg+really1.3.1-1+b1", architecture };
  const git = { name: "git", version: "1:2.47.3-0+deb13u1", architecture };
  const openssl = {
    name: "libssl3t64",
    version: "3.5.1-1",
    architecture,
    source: { name: "openssl", version: "3.5.1-1" },
  };
  return readPackageMetadata({ debian: path === GIT ? [zlib, git] : [zlib, openssl] });
}

/** A closure of so many paths, each with five references, and with metadata as nixpkgs has it. */
export function largeImage(count: number): ImageFacts {
  const pathAt = (index: number) =>
    `/nix/store/${String(index).padStart(32, "0")}-some-usual-package-${index}.2.3${index % 4 === 0 ? "-lib" : ""}`;
  const metadata = readPackageMetadata({
    license: [{ spdxId: "LGPL-2.1-or-later" }],
    homepage: "https://www.example.org/some-usual-package/",
  });
  const paths = Array.from({ length: count }, (_, index) => ({
    path: pathAt(index),
    narSize: 1_000_000 + index,
    narHash: NAR_HASH,
    references: Array.from({ length: 5 }, (__, step) => pathAt((index * (step + 2)) % count)),
    layers: [LAYER],
    metadata,
  }));
  return { ...IMAGE, requested: [{ attribute: "some", paths: [pathAt(count - 1)] }], paths };
}

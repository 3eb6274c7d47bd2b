import { expect, test } from "vitest";
import { digestOf, sha256Digest } from "../../protocol/digest.ts";
import type { ImageClosure } from "../../image/closure/image-closure.ts";
import { imageConfig } from "../../image/description/image-config.ts";
import { imageContents } from "../../image/description/image-contents.ts";
import { imageManifests } from "../../image/description/manifest.ts";
import { closureKey } from "../../image/keys/closure-key.ts";
import { layerHash } from "../../image/keys/layer-key.ts";
import { groupLayers } from "../../image/layers/group-layers.ts";
import { NO_POPULARITY } from "../../image/layers/popularity.ts";
import { imageRoot } from "../../image/root/image-root.ts";
import { packageRoots } from "../../image/root/package-roots.ts";
import { StoreFiles } from "../../image/root/store-files.ts";
import type { TarEntry } from "../../image/tar/tar-entry.ts";
import { BLOCK_BYTES, paddingBytes, sizeOf, tarHeader } from "../../image/tar/tar-header.ts";
import { pathOf, storePath } from "./layers/grouping.ts";
import { treesOf } from "./root/store.ts";

const [BASH, GIT, PERL] = [pathOf("bash-5.3"), pathOf("git-2.51.0"), pathOf("perl-5.42")];
const TREES = treesOf({
  [`${BASH}/bin/bash`]: "",
  [`${BASH}/bin/sh`]: { link: "bash" },
  [`${BASH}/share/doc/README`]: "",
  [`${GIT}/bin/git`]: "",
  [`${GIT}/bin/grün`]: "",
  [`${GIT}/nix-support/propagated-user-env-packages`]: `${PERL}\n`,
  [`${GIT}/etc/ssl/certs/ca-bundle.crt`]: "",
  [`${GIT}/share/doc/${"long".repeat(40)}`]: "",
  [`${PERL}/bin/git`]: "",
  [`${PERL}/etc/machine`]: { link: "/etc" },
  [`${PERL}/lib/perl`]: { link: `${GIT}/share` },
});
const IMAGE: ImageClosure = {
  packages: [
    { name: "git", attribute: "git", path: GIT, requested: true },
    { name: "bash", attribute: "bashInteractive", path: BASH, requested: true },
  ],
  closure: [
    storePath("bash-5.3", 1_800_000),
    storePath("git-2.51.0", 28_000_000, ["perl-5.42", "bash-5.3"]),
    storePath("perl-5.42", 300),
  ],
};
const COMPRESSION = "gzip";
const MAX_STORE_LAYERS = 100;

function tarOf(entries: readonly TarEntry[]): Uint8Array<ArrayBuffer> {
  const blocks = entries.flatMap((entry) => {
    const content = entry.type === "file" && entry.content.kind === "bytes" ? entry.content.bytes : [];
    return [...tarHeader(entry), ...content, ...new Uint8Array(paddingBytes(sizeOf(entry)))];
  });
  return new Uint8Array([...blocks, ...new Uint8Array(2 * BLOCK_BYTES)]);
}

/** A small image. Its root layer is an uncompressed tar. The other layers have no bytes. */
async function smallImage() {
  const { closure, packages } = IMAGE;
  const files = new StoreFiles(
    TREES,
    closure.map(({ path }) => path),
  );
  const root = imageRoot(packageRoots(IMAGE, files), files);
  const tar = tarOf(root.entries);
  const rootDigest = await digestOf(tar);
  const groups = groupLayers({ closure, roots: packages, popularity: NO_POPULARITY, maxStoreLayers: MAX_STORE_LAYERS });
  const storeLayers = groups.map(async (group, index) => {
    const digest = sha256Digest(await layerHash(group, COMPRESSION));
    return { digest, diffId: digest, size: index, description: String(index), paths: group.map(({ path }) => path) };
  });
  const rootLayer = { digest: rootDigest, diffId: rootDigest, size: tar.length, description: "root", paths: [] };
  const layers = [...(await Promise.all(storeLayers)), rootLayer];
  const { hasShell, hasCertificates } = root;
  const attributes = packages.map(({ attribute }) => attribute).toSorted();
  const json = imageConfig({ architecture: "amd64", packages: attributes, layers, hasShell, hasCertificates });
  const bytes = new TextEncoder().encode(json);
  const config = { digest: await digestOf(bytes), size: bytes.length };
  const manifests = await imageManifests(config, { layers, compression: COMPRESSION });
  const contents = JSON.stringify(imageContents({ packages, closure, layers }));
  return { root, rootDigest, config, manifests, contents };
}

test("a small image has the same digests in every runtime", async () => {
  // If they must change, raise FORMAT_VERSION in image/layers/format-version.ts.
  const { rootDigest, config, manifests, contents } = await smallImage();
  expect({
    root: rootDigest,
    config: config.digest,
    oci: manifests.oci.digest,
    docker: manifests.docker.digest,
    contents: await digestOf(new TextEncoder().encode(contents)),
  }).toEqual({
    root: "sha256:a7b3c689d6a5ab9dcad775f403b1f8f187a7dc4202f85d88813afcfaee3aac6b",
    config: "sha256:a11d9c904c843009c8547f7dd9283006eaac2f20c214e31a197482d42f1defcc",
    oci: "sha256:02729cb1cf653b3b58b83a886c1e0a5bf4ba1a6a63ece0bb7d89f113a783249d",
    docker: "sha256:98ea75e37cefbc731f0d1a41c07ee9e205595ba15b667d3cebbf6dd69b17878f",
    contents: "sha256:a3baa26a28a412bc28569618a78b60fbebec58ce39f16b2fe448591c4cbe047d",
  });
});

test("its packages and a propagated package make the root", async () => {
  const { root } = await smallImage();
  expect(root).toMatchObject({ hasShell: true, hasCertificates: true });
  expect(root.clashes).toEqual([{ path: "bin/git", winner: `${GIT}/bin/git`, loser: `${PERL}/bin/git` }]);
});

test("its closure has the same key in every runtime", async () => {
  const shape = { maxStoreLayers: MAX_STORE_LAYERS, popularity: NO_POPULARITY, compression: COMPRESSION } as const;
  expect(await closureKey({ image: IMAGE, architecture: "amd64", ...shape })).toBe(
    "3e15f4345ecc573fa40f9a8629048ebd4af0a9a5ec0ad414576bdd314f67aec9",
  );
});

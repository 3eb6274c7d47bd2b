import { describe, expect, test } from "vitest";
import { buildFacts } from "../../../origin/trust/build-facts.ts";
import { withPackages } from "../../../origin/trust/described-path.ts";
import { imageDocuments } from "../../../origin/trust/image-documents.ts";
import { closureOfContents, factsOfImage } from "../../../image/facts/facts-of-image.ts";
import { knownFacts } from "../../../origin/trust/known-facts.ts";
import type { DescribedPath } from "../../../origin/trust/described-path.ts";
import type { DebianPaths } from "../../../origin/starter/debian-paths.ts";
import type { ImageFacts } from "../../../image/facts/image-facts.ts";
import type { ImageContents } from "../../../protocol/image-contents.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { CONTENTS, DESCRIBED, GIT, LAYERS, LIBC, PLACE, REVISION } from "./trusted-images.ts";

const INPUT = {
  contents: CONTENTS,
  described: DESCRIBED,
  debian: undefined,
};
const REQUEST = { packages: ["git"], tag: "latest" };

interface Input {
  readonly contents: ImageContents;
  readonly described: readonly DescribedPath[];
  readonly debian: DebianPaths | undefined;
}

function imageFacts({ contents, described, debian }: Input): ImageFacts {
  const known = knownFacts(closureOfContents(contents), described, debian);
  const digest = sha256Digest("f".repeat(64));
  const { distribution } = debian ?? {};
  return factsOfImage({ digest, architecture: "amd64", contents, known, packageSet: undefined, distribution });
}

test("the facts have each path with its hash, references and layers", () => {
  expect(imageFacts(INPUT)).toMatchObject({
    title: "git",
    requested: [{ attribute: "git", paths: [GIT] }],
    paths: [
      { path: GIT, narHash: "d".repeat(64), references: [LIBC], layers: [LAYERS[0]] },
      { path: LIBC, narHash: "e".repeat(64), references: [], layers: [LAYERS[1]] },
    ],
  });
});

test("a path of which nothing is known has no hash", () => {
  expect(imageFacts({ ...INPUT, described: [] }).paths.map(({ narHash }) => narHash)).toEqual([undefined, undefined]);
});

test("the title has all packages. An image without one of its own has a title, too", () => {
  const titleOf = (...attributes: readonly string[]) =>
    imageFacts({
      ...INPUT,
      contents: { ...CONTENTS, packages: attributes.map((attribute) => ({ attribute, paths: [] })) },
    }).title;
  expect([titleOf("git", "htop"), titleOf()]).toEqual(["git/htop", "image"]);
});

test("the facts have what the package set tells of a package", () => {
  const metadata = { licenses: [{ id: "MIT" }], homepage: "https://a.example/", debian: [] };
  const packages = [{ name: "git", attribute: "git", path: GIT, requested: true, metadata }];
  const { paths } = imageFacts({ ...INPUT, described: withPackages(DESCRIBED, packages) });
  expect(paths.map((path) => [path.narHash, path.metadata])).toEqual([
    ["d".repeat(64), metadata],
    ["e".repeat(64), undefined],
  ]);
  expect(imageFacts({ ...INPUT, described: withPackages([], packages) }).paths[0]?.metadata).toEqual(metadata);
});

test("contents that name something else than store paths are refused", () => {
  const contents = { ...CONTENTS, paths: [{ path: "/etc/passwd", narSize: 1, references: [] }] };
  expect(() => imageFacts({ ...INPUT, contents })).toThrow("malformed");
});

describe("of the starter set", () => {
  const libc = {
    name: "libc6",
    version: "2.41-12",
    architecture: "amd64",
    source: { name: "glibc", version: "2.41-12" },
  };
  const debian = {
    distribution: { id: "debian", version: "13" },
    packages: new Map([["libc6-2.41-12", [libc]]]),
    homepages: new Map<string, string>(),
  };

  test("the facts have the distribution, and the Debian packages of each path", () => {
    const { distribution, paths } = imageFacts({ ...INPUT, debian });
    expect(distribution).toEqual({ id: "debian", version: "13" });
    expect(paths.map(({ metadata }) => metadata?.debian)).toEqual([undefined, [libc]]);
  });

  test("an attribute's path with the name of its group has no files of the package", () => {
    const attribute = LIBC.replaceAll("1111", "3333");
    const contents = {
      ...CONTENTS,
      paths: [{ path: attribute, narSize: 1, references: [1] }, ...CONTENTS.paths.slice(1)],
    };
    const { paths } = imageFacts({ ...INPUT, contents, described: [], debian });
    expect(paths.map(({ metadata }) => metadata?.debian)).toEqual([undefined, [libc]]);
  });
});

describe("the provenance", () => {
  const originsOf = (...described: Parameters<typeof buildFacts>[1]["described"]) =>
    buildFacts(PLACE, { request: REQUEST, revision: REVISION, described }).origins;
  const derivation = "/nix/store/22222222222222222222222222222222-git-2.51.0.drv";

  test.each([
    ["that no key has signed was built here", { derivation, signers: [] }, [{ kind: "built", path: GIT, derivation }]],
    ["with a signature is from a cache", { derivation, signers: ["a-1"] }, [{ kind: "cached", path: GIT, key: "a-1" }]],
    [
      "of a known cache is from there",
      { cache: { address: "https://a.example", key: undefined } },
      [{ kind: "cached", path: GIT, cache: "https://a.example" }],
    ],
    ["without a derivation was not built", { signers: [] }, []],
    ["is of unknown origin if nobody knows its signatures", { derivation }, []],
  ])("a path %s", (_, facts, origins) => {
    expect(originsOf({ path: GIT, ...facts })).toEqual(origins);
  });

  test("names the source with its revision, unless the revision says nothing", () => {
    const sourceOf = (revision: string) => buildFacts(PLACE, { request: REQUEST, revision, described: [] }).source;
    expect(sourceOf(REVISION)).toEqual({ ...PLACE.source, revision: REVISION });
    expect(sourceOf("unversioned")).toEqual(PLACE.source);
  });

  test("names the packages, or the image of a package set", () => {
    const namesOf = (request: Parameters<typeof buildFacts>[1]["request"]) =>
      buildFacts(PLACE, { request, revision: REVISION, described: [] }).names;
    expect(namesOf(REQUEST)).toEqual(["git"]);
    expect(namesOf({ packages: [], image: "web", tag: "latest" })).toEqual(["images/web"]);
  });
});

test("two origins write equal documents, whatever the order of what they know", async () => {
  const [first, second] = await Promise.all(
    [DESCRIBED, DESCRIBED.toReversed()].map((described) =>
      imageDocuments(
        imageFacts({ ...INPUT, described }),
        buildFacts(PLACE, { request: REQUEST, revision: REVISION, described }),
      ),
    ),
  );
  expect(second).toEqual(first);
});

test("no control character of a package's name gets into a document", async () => {
  const contents = { ...CONTENTS, packages: [{ attribute: "git\u0000\u202e\ud800", paths: [0] }] };
  const facts = imageFacts({ ...INPUT, contents });
  const place = { ...PLACE, source: { name: "a\u0007" } };
  const { spdx, cyclonedx, provenance } = await imageDocuments(
    facts,
    buildFacts(place, { request: REQUEST, revision: "r\u0001", described: [] }),
  );
  for (const { json } of [spdx, cyclonedx, provenance]) expect(json).not.toMatch(/\\u00[01]|\\u202e|\u202e|\\ud800/);
});

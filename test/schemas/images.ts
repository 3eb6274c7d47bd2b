import type { ImageFacts, PathFacts } from "../../image/facts/image-facts.ts";
import { readPackageMetadata } from "../../image/facts/package-metadata.ts";
import { DEBIAN_IMAGE, IMAGE, largeImage, LAYER } from "../image/facts/facts.ts";

/** 211 characters: the longest name that a store path has, with all signs that it can have. */
const LONG_NAME = `"${"+-._?=".repeat(18)}`.slice(1) + "z".repeat(103);

/** A package set that writes all it can into its names and metadata. */
const HOSTILE_METADATA = [
  {
    name: 'a"b\\c</script>',
    version: "\u0000\u001b[31m\u202e1",
    license: ["\ud83c", "🎉", "LicenseRef-x", "MIT OR GPL"],
  },
  { name: "\u0007", version: "\u2028", license: { fullName: '"'.repeat(1000) }, homepage: 'https://x/"\\ {|}^`' },
  { name: "x".repeat(1001), license: "NOASSERTION AND NONE", cpe: "cpe:2.3:a:b:c:*:*:*:*:*:*:*:*" },
  { name: "__proto__", version: "constructor", license: [{ spdxId: "toString" }], homepage: "ftp://x" },
  { debian: [{ name: "g++", version: "4:14~rc1+b1-2", architecture: "amd64" }, { name: "x&y" }] },
];

const hostilePaths = HOSTILE_METADATA.map((meta, index): PathFacts => {
  const path = `/nix/store/${String(index).repeat(32)}-${index === 0 ? LONG_NAME : "-1"}`;
  return { path, narSize: 1, references: [path], layers: [LAYER], metadata: readPackageMetadata(meta) };
});

/** Images of all kinds. Their documents must be valid. */
export const IMAGES: readonly (readonly [string, ImageFacts])[] = [
  ["a usual image", IMAGE],
  ["an image of the starter set", DEBIAN_IMAGE],
  ["an image without paths", { ...IMAGE, title: "empty", requested: [], paths: [] }],
  ["a large image", largeImage(250)],
  [
    "an image of a hostile package set",
    {
      ...IMAGE,
      title: 'quotes " and \u0000',
      requested: [{ attribute: '\u0000"\ud800', paths: hostilePaths.map(({ path }) => path) }],
      packageSet: "a/b?c\ud800",
      distribution: { id: "debian\n", version: "13 <" },
      paths: hostilePaths,
    },
  ],
];

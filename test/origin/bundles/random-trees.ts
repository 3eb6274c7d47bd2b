import * as fc from "fast-check";
import { storePathWord } from "../../../image/closure/store-path.ts";
import { pathOf } from "../../image/layers/grouping.ts";
import { file, folder, link, program, type Tree } from "../nars/nar-bytes.ts";

/** What a store path holds. Numbers pick one of the paths that are there. */
export interface DrawnTree {
  readonly kind: "folder" | "file" | "link";
  /** Bytes of a file that makes the path large. */
  readonly filler: number;
  readonly files: readonly (readonly [place: string, isProgram: boolean])[];
  readonly texts: readonly (readonly [place: string, text: string])[];
  readonly links: readonly (readonly [place: string, target: Target])[];
  readonly propagated: readonly number[];
}

/** The text of a link, or a place in a store path. `any`: also one that the link's own path does not reference. */
type Target = string | { readonly from: "references" | "any"; readonly pick: number; readonly isRelative: boolean };

/** The paths that a link may lead to. */
interface Surroundings {
  /** Not empty. */
  readonly references: readonly string[];
  readonly all: readonly string[];
}

const PROPAGATED = "nix-support/propagated-user-env-packages";

/** Places where packages meet: programs, directories to merge, and paths that the image has itself. */
const programs = ["bin/a", "bin/bash", "bin/b\xff\xfe", "bin/gr\xc3\xbcn", "sbin/a", "usr/bin/env"];
const libraries = ["lib", "lib/x", "lib/y/z", "lib64/x", "share", "share/doc/a", "share/doc/b", "share/man/man1/a"];
const settings = ["etc", "etc/ssl/certs/ca-bundle.crt", "etc/nsswitch.conf", "var/lib/x", "nix/x"];
const longPaths = [`${"deep/".repeat(30)}x`, `share/${"long".repeat(40)}`];
const places = [...programs, ...libraries, ...settings, ...longPaths];
/** A link may give a file another name there, and a root reads these files. */
const readPlaces = ["etc/passwd", "lib/sysusers.d", "lib/sysusers.d/l.conf", "lib/tmpfiles.d", "nix-support"];
const texts = [
  ["etc/passwd", "root:x:0:0::/root:/bin/sh\nown:x:7:7::/:/bin/a\n"],
  ["etc/group", "own:x:7:own\n"],
  ["lib/sysusers.d/a.conf", "u web - web /srv\nm web mail\n"],
  ["lib/sysusers.d/a.conf", "u! web 33\n"],
  ["usr/lib/sysusers.d/b.conf", "g mail 12\nu nobody 1\n"],
  ["lib/tmpfiles.d/a.conf", "d /var/lib/web 0750 web web\nd /run/%C\n"],
] as const;
const within = ["", "/lib", "/share/doc", "/bin/a", "/lib/sysusers.d", "/etc/passwd"];

function targetFrom(from: "references" | "any"): fc.Arbitrary<Target> {
  return fc.record({ from: fc.constant(from), pick: fc.nat(), isRelative: fc.boolean() });
}

const GONE = pathOf("gone-1", "z");
const target = fc.oneof(
  { weight: 16, arbitrary: targetFrom("references") },
  { weight: 12, arbitrary: fc.constantFrom(".", "..", "a", "../lib", "../../..", "/etc/passwd", "/nix/store", "/") },
  { weight: 4, arbitrary: fc.constantFrom(GONE, `${GONE}/lib/x`) },
  { weight: 1, arbitrary: targetFrom("any") },
);
const linkPlace = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...places) },
  { weight: 1, arbitrary: fc.constantFrom(...readPlaces) },
);
/** Both sides of the first cut-offs. An archive has some hundred bytes more than its files. */
const filler = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 64_000, max: 66_000 }) },
  { weight: 3, arbitrary: fc.constantFrom(92_000, 93_000, 131_072, 186_000, 270_000, 600_000) },
);

export const drawnTrees: fc.Arbitrary<DrawnTree> = fc.record({
  kind: fc.oneof(
    { weight: 14, arbitrary: fc.constant<"folder">("folder") },
    { weight: 1, arbitrary: fc.constantFrom<"file" | "link">("file", "link") },
  ),
  filler,
  files: fc.array(fc.tuple(fc.constantFrom(...places), fc.boolean()), { maxLength: 4 }),
  texts: fc.array(fc.constantFrom(...texts), { maxLength: 2 }),
  links: fc.array(fc.tuple(linkPlace, target), { maxLength: 4 }),
  propagated: fc.array(fc.nat(), { maxLength: 2 }),
});

/** The tree, with links to the paths around it. */
export function treeAmong(drawn: DrawnTree, paths: Surroundings): Tree {
  const reference = (pick: number) => picked(paths.references, pick);
  if (drawn.kind === "file") return file(`text ${drawn.filler}`);
  if (drawn.kind === "link") return link(reference(drawn.filler));
  const propagated = drawn.propagated.map(reference).join(" ");
  const nodes: readonly (readonly [string, Tree])[] = [
    ...drawn.texts.map(([place, text]) => [place, file(text)] as const),
    ...drawn.links.map(([place, to]) => [place, link(linkText(place, to, paths))] as const),
    ...drawn.files.map(([place, isProgram]) => [place, isProgram ? program("#!") : file("text")] as const),
    ...(drawn.filler > 0 ? [["share/filler", file(Buffer.alloc(drawn.filler, "filler"))] as const] : []),
    ...(propagated === "" ? [] : [[PROPAGATED, file(propagated)] as const]),
  ];
  return nodes.reduce((tree, [place, node]) => withNode(tree, place.split("/"), node), folder({}));
}

/** The paths that links may lead to although the tree's own path does not reference them. */
export function straysOf({ links }: DrawnTree, { all }: Surroundings): string[] {
  return links.flatMap(([, to]) => (typeof to !== "string" && to.from === "any" ? [picked(all, to.pick)] : []));
}

export function picked(from: readonly string[], pick: number): string {
  const one = from[pick % from.length];
  if (one === undefined) throw new Error("there is nothing to pick from");
  return one;
}

function linkText(place: string, to: Target, { references, all }: Surroundings): string {
  if (typeof to === "string") return to;
  const path = picked(to.from === "any" ? all : references, to.pick);
  const top = to.isRelative ? `${"../".repeat(place.split("/").length)}${storePathWord(path)}` : path;
  return top + picked(within, to.pick);
}

/** Keeps what the place has already. */
function withNode(tree: Tree, [name = "", ...below]: readonly string[], node: Tree): Tree {
  if (!("folder" in tree)) return tree;
  const there = tree.folder[name];
  if (below.length > 0) return folder({ ...tree.folder, [name]: withNode(there ?? folder({}), below, node) });
  return there ? tree : folder({ ...tree.folder, [name]: node });
}

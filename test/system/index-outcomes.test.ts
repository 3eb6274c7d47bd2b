import { copyFile, mkdir, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { writeStarterSet } from "../../origin/starter/starter-set.ts";
import { removeFolder } from "../remove-folder.ts";
import { evaluateNames, type IndexedSource, outcomeOf, withIndexedSource } from "./evaluated-names.ts";
import { REPOSITORY } from "./registry.ts";

let directory: string;
let set: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-outcomes-"));
  set = join(directory, "set");
  await mkdir(set);
  await copyFile(join(REPOSITORY, "test/system/indexed-names.nix"), join(set, "default.nix"));
});

afterAll(() => removeFolder(directory));

function find({ index, revision }: IndexedSource, packages: readonly string[]) {
  return outcomeOf(index.find({ packages, architecture: hostArchitecture() }, revision));
}

/** Names whose outcome the index knows. */
const KNOWN = `
  hello cacert upper 7zz foo ab ab.c dotted.name odd nosuch helol hello/7zz
  openssl headed oddly-installed badly-installed chosen late badly-described
  unfree broken insecure unsupported oldname outthrows drvthrows typethrows systemthrows
  asserts aborts recurses deep missing mistyped absent-file fetches many-lines long
  elsewhere text function number perlpackages haskellpackages odd-recursion twice.ab l1 l1.l2.l3.l4
  perlpackages.dbi perlpackages.json perlpackages.gone perlpackages.dbl perlpackages.inner.thing
  perlpackages.closedinner l1.l2.l3.nosuch nosuch/ab/text/elsewhere hello/unfree
`
  .trim()
  .split(/\s+/);

/** Names of which only an evaluation can tell. */
const OPEN = `
  haskellpackages.aeson haskellpackages.nosuch odd-recursion.hidden perlpackages.closedinner.thing l1.l2.l3.l4.l5
  openssl.dev hello.deeper with-attributes.passthru-set.tool text.deeper unfree/broken unfree/nosuch no-store-path
`
  .trim()
  .split(/\s+/);

describe("the index of a set like nixpkgs", () => {
  let found: Map<string, unknown>;
  let evaluated: Map<string, unknown>;

  beforeAll(async () => {
    const env = { CORNICE_PKGS_PATH: set, CORNICE_SOURCE_REVISION: "r1" };
    await withIndexedSource({ directory, env }, async (indexed) => {
      found = new Map();
      evaluated = new Map();
      for (const name of [...KNOWN, ...OPEN]) found.set(name, await find(indexed, name.split("/")));
      for (const name of KNOWN) evaluated.set(name, await outcomeOf(evaluateNames(indexed, name.split("/"))));
    });
  });

  it.each(KNOWN)("gives what an evaluation gives for %s", (name) => {
    expect(evaluated.get(name)).toBeDefined();
    expect(found.get(name)).toEqual(evaluated.get(name));
  });

  it.each(OPEN)("leaves %s to an evaluation", (name) => expect(found.get(name)).toBeUndefined());
});

it("the index of the starter set gives what an evaluation gives", async () => {
  const starter = await writeStarterSet({
    directory: join(directory, "starter"),
    signal: new AbortController().signal,
  });
  const env = {
    CORNICE_PKGS_PATH: starter.path,
    CORNICE_SOURCE_REVISION: starter.revision,
    CORNICE_SOURCE_NAME: "starter",
  };
  await withIndexedSource({ directory, env }, async (indexed) => {
    const listed = indexed.published.index?.packages.map(([name]) => name) ?? [];
    expect(listed.length).toBeGreaterThan(300);
    expect(await outcomeOf(evaluateNames(indexed, listed))).toEqual(await find(indexed, listed));
  });
});

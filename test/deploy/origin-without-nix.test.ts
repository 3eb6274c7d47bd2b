import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { objectOf } from "../json.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(REPOSITORY, file), "utf8");
const DOCKERFILE = read("deploy/origin-without-nix.Dockerfile");
/** Package and file of a path in `node_modules`. */
const INSTALLED = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;

interface Loaded {
  /** The files of the origin, its threads included, and of all packages that they need. */
  readonly files: readonly string[];
  /** The packages that the repository's own files import. */
  readonly packages: ReadonlySet<string>;
}

/** Bundles the origin into nothing, to see the files that the bundle would have. */
async function loadedByOrigin(): Promise<Loaded> {
  const threads = execFileSync("git", ["ls-files", "origin/*-thread.ts"], { cwd: REPOSITORY, encoding: "utf8" });
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints: ["origin/service/main.ts", ...threads.trim().split("\n")],
    bundle: true,
    format: "esm",
    platform: "node",
    // As Node.js resolves packages. By default, esbuild prefers modules for bundlers.
    mainFields: ["main"],
    conditions: [],
    outdir: "dist",
    write: false,
    metafile: true,
  });
  const files = Object.keys(metafile.inputs);
  const own = files.filter((file) => !INSTALLED.test(file));
  const imported = own.flatMap((file) => metafile.inputs[file]?.imports.map(({ path }) => path) ?? []);
  return { files, packages: new Set(imported.flatMap((path) => INSTALLED.exec(path)?.[1] ?? [])) };
}

/** The first groups of all matches. */
function findAll(pattern: RegExp): string[] {
  return [...DOCKERFILE.matchAll(pattern)].map(([, group = ""]) => group);
}

let loaded: Loaded;

beforeAll(async () => {
  loaded = await loadedByOrigin();
});

describe("the image of an origin without Nix", () => {
  it("has the packages that the origin imports, and no other", () => {
    const left = new Set(Object.keys(objectOf(JSON.stringify(objectOf(read("package.json"))["dependencies"]))));
    for (const name of findAll(/ dependencies\.(\S+)/g)) expect(left.delete(name)).toBe(true);
    // Node.js itself. No file imports it.
    left.delete("node");
    expect([...left].toSorted()).toEqual([...loaded.packages].toSorted());
  });

  it("has the folders that the origin imports, and no other", () => {
    const own = loaded.files.filter((file) => !INSTALLED.test(file));
    const folders = [...new Set(own.map((file) => file.split("/")[0] ?? ""))];
    expect(findAll(/^COPY (\w+) /gm)).toEqual(folders.toSorted());
  });

  it("keeps all files of packages that the origin loads", () => {
    const removed = findAll(/-(?:path|name) '([^']+)'/g);
    expect(removed).not.toEqual([]);
    const patterns = removed.map(
      (glob) => new RegExp(`${glob.replaceAll(".", String.raw`\.`).replaceAll("*", ".*")}$`),
    );
    expect(loaded.files.filter((file) => patterns.some((pattern) => pattern.test(file)))).toEqual([]);
  });
});

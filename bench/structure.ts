/**
 * Prints figures about imports: loops between files and between folders, the imports within these loops, files in the
 * roots, and the files that import the Worker's whole configuration.
 */
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { type ImportGraph, joinRooms, readImports } from "./structure/imports.ts";
import { findLoops } from "./structure/loops.ts";

const SOURCES = ["protocol", "image", "worker", "origin", "web", "cli", "start", "popularity"];
/** The file of the Worker's configuration, and its earlier place. */
const CONFIGURATION = new Set(["worker/settings.ts", "worker/environment.ts"]);

const repository = process.argv[2] ?? join(import.meta.dirname, "..");
const listed = execFileSync("git", ["ls-files", "--", ...SOURCES], { cwd: repository, encoding: "utf8" });
const files = listed.split("\n").filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"));
const imports = readImports(repository, files);

for (const top of SOURCES) printLoops(`loops of folders in ${top}/`, joinRooms(within(top), dirname));
printLoops("loops of files", imports);
for (const top of SOURCES) {
  const inRoot = files.filter((file) => dirname(file) === top);
  console.log(`files in the root of ${top}/: ${inRoot.length}`);
}
const importers = files.filter((file) => imports.get(file)?.some((imported) => CONFIGURATION.has(imported)));
console.log(`files that import the Worker's whole configuration: ${importers.length}`);

function within(top: string): ImportGraph {
  const inside = (file: string) => file.startsWith(`${top}/`);
  const own = [...imports].filter(([file]) => inside(file));
  return new Map(own.map(([file, others]) => [file, others.filter(inside)]));
}

function printLoops(title: string, graph: ImportGraph): void {
  const loops = findLoops(graph);
  const edges = loops.map((loop) => countEdges(graph, loop)).reduce((sum, count) => sum + count, 0);
  console.log(`${title}: ${loops.length}, with ${edges} imports`);
  for (const loop of loops) console.log(`  ${loop.length}: ${loop.join(" ")}`);
}

function countEdges(graph: ImportGraph, loop: readonly string[]): number {
  return loop.flatMap((node) => (graph.get(node) ?? []).filter((other) => loop.includes(other))).length;
}

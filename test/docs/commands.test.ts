import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { parseArguments } from "../../cli/arguments.ts";
import { consoleCommands, type ShownCommand, shownLines } from "./commands.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(REPOSITORY, file), "utf8");

const tracked = execFileSync("git", ["ls-files"], { cwd: REPOSITORY, encoding: "utf8" }).split("\n");
const documents = tracked.filter((file) => file.endsWith(".md"));
/** Below `image/` and `nix/`, `bin/` is a folder of an image. */
const sources = tracked.filter((file) => /^(?!(?:test|image|nix)\/).*\.(?:tsx?|nix|sh|toml)$|^bin\//.test(file));
const LINES = [...documents, ...sources].flatMap((file) => shownLines(file, read(file)));
const COMMANDS = documents.flatMap((file) => consoleCommands(file, read(file)));

const SCRIPTS = new Set(
  Object.keys(parseJsonObject(JSON.stringify(parseJsonObject(read("package.json"))?.["scripts"])) ?? {}),
);

/** Programs of other projects. A reader has them, or the text beside the command says where they come from. */
const OTHER_PROGRAMS = new Set(
  "apptainer apt-get cd cosign crane ctr curl docker export git kubectl nerdctl npm openssl oras podman regctl skopeo systemctl".split(
    " ",
  ),
);
/** `npm ci` installs what package-lock.json pins, and names no package. */
const NPM_COMMANDS = new Set(["ci", "start", "test", "run"]);
/** Packages that a text tells people to install. Their scopes belong to their makers. */
const OTHER_PACKAGES = new Set(["@cloudflare/containers"]);

/** All matches of a pattern's first group, with their places. */
function findAll(pattern: RegExp): (readonly [name: string, place: string])[] {
  return LINES.flatMap(({ file, line, text }) =>
    [...text.matchAll(pattern)].map((match) => [match[1] ?? "", `${file}:${line}`] as const),
  );
}

function placesOf(pattern: RegExp, isKnown: (name: string) => boolean): string[] {
  return findAll(pattern).flatMap(([name, place]) => (isKnown(name) ? [] : [`${place}: ${name}`]));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(join(REPOSITORY, file), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function program({ text }: ShownCommand): string {
  return text.split(/\s/)[0] ?? "";
}

describe("a command that people are shown", () => {
  it("names no npm package that a stranger could register", () => {
    expect(placesOf(/\b(npx|pnpx|bunx|npm exec|npm create|npm init|pnpm dlx|yarn dlx)\b/g, () => false)).toEqual([]);
    const installed = /\bnpm (?:install|i|add)(?: -\S+)* ([@a-z][\w@/.-]*)/g;
    expect(placesOf(installed, (name) => OTHER_PACKAGES.has(name))).toEqual([]);
  });

  it("names scripts of package.json", () => {
    expect(findAll(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g).length).toBeGreaterThan(10);
    expect(placesOf(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g, (name) => SCRIPTS.has(name))).toEqual([]);
  });

  it("names files that are there", () => {
    expect(placesOf(/(?<![\w./-])(bin\/[a-z][\w-]*)/g, isExecutable)).toEqual([]);
    expect(placesOf(/(?<![\w./-])(node_modules\/\.bin\/[a-z][\w-]*)/g, isExecutable)).toEqual([]);
  });

  it("says where the program is", () => {
    const bare = /(?<!bin\/)\b(cornice (?:build|inspect|index|popularity|warm|gc|--help|--version))\b(?!\\n)/g;
    expect(placesOf(bare, () => false)).toEqual([]);
    const wrangler = /(?<!npm run )\b(wrangler (?:login|kv|r2|secret|deploy|tail|mtls-certificate))\b/g;
    expect(placesOf(wrangler, () => false)).toEqual([]);
  });

  it("begins with a program that readers have", () => {
    expect(COMMANDS.length).toBeGreaterThan(30);
    const isKnown = (name: string) => OTHER_PROGRAMS.has(name) || isExecutable(name);
    expect(COMMANDS.filter((command) => !isKnown(program(command)))).toEqual([]);
    const ours = COMMANDS.filter((command) => program(command) === "bin/cornice");
    expect(ours.length).toBeGreaterThan(1);
    for (const { text } of ours) expect(() => parseArguments(text.split(/\s+/).slice(1)), text).not.toThrow();
    const npm = COMMANDS.filter((command) => program(command) === "npm");
    expect(npm.filter(({ text }) => !NPM_COMMANDS.has(text.split(/\s+/)[1] ?? ""))).toEqual([]);
  });
});

it("the package has a name in a scope, and nothing publishes it", () => {
  const lock = parseJsonObject(read("package-lock.json"));
  const own = parseJsonObject(read("package.json"));
  expect(own?.["name"]).toMatch(/^@[a-z-]+\/cornice$/);
  expect(lock?.["name"]).toBe(own?.["name"]);
  expect(own?.["private"]).toBe(true);
});

import { describe, expect, it } from "vitest";
import { parseArguments } from "../../cli/arguments.ts";
import { COMMANDS, usage } from "../../cli/usage.ts";

/** Terminals of this width show each line as one. */
const MAX_COLUMNS = 120;
const OPTION = /--([a-z-]+)/g;

/** The options that the parser of a command takes. */
const TAKEN = {
  build: ["format", "help", "json", "no-cache", "output", "tag"],
  inspect: ["help", "json", "no-cache", "tag"],
  gc: ["dry-run", "grace-minutes", "help", "json", "keep-built-days", "keep-days"],
  index: ["help", "json", "no-cache", "output", "watch"],
  popularity: ["help", "json", "no-cache", "output", "packages"],
  doctor: ["help", "json", "registry"],
  serve: ["help", "prepare"],
  verify: ["help", "insecure-http", "json", "key", "no-blobs", "platform", "rebuild", "user"],
  fsck: ["help", "json", "no-rebuild", "quick", "repair", "settle-seconds"],
  warm: ["each", "help", "jobs", "json", "no-cache", "platforms", "popular", "tag"],
} as const;

describe.each(COMMANDS)("the help of %s", (command) => {
  const text = usage(command);

  it("names the options of this command, and no others", () => {
    const named = [...text.matchAll(OPTION)].map(([, name = ""]) => name);
    expect([...new Set(named)].toSorted()).toEqual(TAKEN[command]);
  });

  it("begins with the command, and fits into a terminal", () => {
    expect(text).toMatch(new RegExp(`^Usage: bin/cornice ${command} `));
    expect(text.split("\n").filter((line) => line.length > MAX_COLUMNS)).toEqual([]);
  });

  it("is what --help asks for, before and behind other words", () => {
    expect(parseArguments([command, "x", "--help"])).toEqual({ command: "help", about: command });
    expect(parseArguments([command, "--bogus", "-h"])).toEqual({ command: "help", about: command });
    expect(parseArguments(["--help", command])).toEqual({ command: "help", about: command });
  });
});

it("the help of gc does not speak of package sources, because it needs none", () => {
  expect(usage("gc")).not.toContain("starter set");
  expect(usage("fsck")).toContain("starter set");
});

it("the help without a command names all commands", () => {
  for (const command of COMMANDS) expect(usage(undefined)).toContain(`bin/cornice ${command} `);
  expect(parseArguments(["-h"])).toEqual({ command: "help", about: undefined });
});

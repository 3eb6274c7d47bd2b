import { performance } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import type { IndexedPackage } from "../../../protocol/package-index.ts";
import { prepareSearch, search, type SearchIndex } from "../../../web/compose/search.ts";

function prepare(packages: readonly IndexedPackage[]): SearchIndex {
  const work = prepareSearch(packages);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

const INDEX = prepare([
  ["git", "2.39.5", "Distributed version control system"],
  ["git-lfs", "3.3.0", "Git Large File Support"],
  ["gitui", "0.26", "Blazing fast terminal-ui for Git"],
  ["jq", "1.6", "Command-line JSON processor"],
  ["lazygit", "0.40", "Simple terminal UI for git commands"],
  ["magit", "3", "Emacs"],
  ["python3packages.git", "1", "Bindings"],
  ["ripgrep", "13.0.0", "Searches the current directory for a REGEX pattern"],
]);

function names(query: string): string[] {
  return search(INDEX, query, 10).packages.map(([name]) => name);
}

describe("a search", () => {
  it("finds names: whole, beginning, last attribute, part, anywhere", () => {
    expect(names("git")).toEqual(["git", "gitui", "git-lfs", "python3packages.git", "magit", "lazygit"]);
  });

  it("finds words of descriptions after those of names, whatever their case", () => {
    expect(names("json")).toEqual(["jq"]);
    expect(names("regex Pattern")).toEqual(["ripgrep"]);
    expect(names("terminal git")).toEqual(["gitui", "lazygit"]);
  });

  it("gives no more than is asked for, and says how many there are", () => {
    const { packages, total } = search(INDEX, "git", 2);
    expect([packages.length, total]).toEqual([2, 6]);
  });

  it("for nothing finds nothing", () => {
    expect(search(INDEX, "  ", 10)).toEqual({ packages: [], total: 0, isGuess: false });
  });

  it("that finds nothing guesses names that are close", () => {
    expect(search(INDEX, "ripgrpe", 10)).toMatchObject({
      packages: [["ripgrep", "13.0.0", expect.any(String)]],
      isGuess: true,
    });
    expect(search(INDEX, "zzzzzz", 10)).toEqual({ packages: [], total: 0, isGuess: true });
  });
});

describe("among 100,000 packages", () => {
  const BUDGET_MS = 50;
  const WORDS = ["lib", "python", "haskell", "perl", "kernel", "font", "theme", "driver", "parser", "client"];
  const many = Array.from({ length: 100_000 }, (_, number): IndexedPackage => {
    const words = [number % 7, number % 10, number % 3].map((place) => WORDS[place]);
    return [
      `${words.join("-")}-${number.toString(36)}`,
      `${number}.0`,
      `A ${words.join(" ")} of medium length, no. ${number}`,
    ];
  });
  const index = prepare(many);

  it.each(["l", "python", "parser theme", "client-77", "no. 99", "nothing is called this", "pyhton-font-lib-ab"])(
    "a search for %j takes less than 50 ms",
    (query) => {
      search(index, query, 40);
      // The fastest of a few: other programs run on this machine as well.
      const times = Array.from({ length: 5 }, () => {
        const began = performance.now();
        search(index, query, 40);
        return performance.now() - began;
      });
      expect(Math.min(...times)).toBeLessThan(BUDGET_MS);
    },
  );
});

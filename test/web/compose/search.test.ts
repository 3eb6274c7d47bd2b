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

  it("finds words in names first, then in descriptions, in upper and lower case", () => {
    expect(names("json")).toEqual(["jq"]);
    expect(names("regex Pattern")).toEqual(["ripgrep"]);
    expect(names("terminal git")).toEqual(["gitui", "lazygit"]);
  });

  it("returns no more than the limit, and the number of all results", () => {
    const { packages, total } = search(INDEX, "git", 2);
    expect([packages.length, total]).toEqual([2, 6]);
  });

  it("for blanks finds nothing", () => {
    expect(search(INDEX, "  ", 10)).toEqual({ packages: [], total: 0, isGuess: false });
  });

  it("without a result guesses similar names", () => {
    expect(search(INDEX, "ripgrpe", 10)).toMatchObject({
      packages: [["ripgrep", "13.0.0", expect.any(String)]],
      isGuess: true,
    });
    expect(search(INDEX, "zzzzzz", 10)).toEqual({ packages: [], total: 0, isGuess: true });
  });
});

import { describe, expect, it } from "vitest";
import {
  add,
  checkTag,
  composeUrl,
  NOTHING,
  parseSelection,
  remove,
  reference,
  type Selection,
  selectionName,
  selectionUrl,
  splitReference,
} from "../../../web/page/selection.ts";

const MAX = 64;

function chosen(...typed: string[]): Selection {
  return typed.reduce((selection, text) => add(selection, text, MAX), NOTHING);
}

describe("a typed text", () => {
  it("adds packages, sorted, each once", () => {
    expect(chosen("htop", "git", "git").packages).toEqual(["git", "htop"]);
    expect(selectionName(chosen("htop", "git"))).toBe("git/htop");
  });

  it("may be several names, with blanks, commas or slashes, in any case", () => {
    expect(chosen(" Git, python3Packages.requests /htop ").packages).toEqual([
      "git",
      "htop",
      "python3packages.requests",
    ]);
  });

  it("may be meta-packages, in any order", () => {
    const selection = chosen("git", "shell", "arm64");
    expect(selection).toMatchObject({ packages: ["git"], shell: true, architecture: "arm64" });
    expect(selectionName(selection)).toBe("arm64/shell/git");
  });

  it("may be only an architecture, which is not an image yet", () => {
    expect(chosen("arm64")).toEqual({ ...NOTHING, architecture: "arm64" });
    expect(selectionName(chosen("arm64"))).toBe("");
    expect(selectionName(chosen("arm64", "git"))).toBe("arm64/git");
  });

  it("may be an image of the package set, which stands alone", () => {
    expect(chosen("images/web")).toMatchObject({ packages: [], image: "web" });
    expect(() => chosen("images/web", "git")).toThrow("images/web is an image of the package set and stands alone");
  });

  it("keeps the tag", () => {
    expect(add({ ...NOTHING, tag: "nixos-25.11" }, "git", MAX).tag).toBe("nixos-25.11");
  });

  it.each([
    ["git!", '"git!" cannot be part of an image name'],
    ["amd64/arm64", "asks for amd64 and arm64 at once"],
    ["x".repeat(300), "at most 255 are allowed"],
  ])("is refused with a message: %s", (text, message) => {
    expect(() => chosen(text)).toThrow(message);
  });

  it("is refused if there are more packages than the registry allows", () => {
    expect(() => add(chosen("git"), "htop", 1)).toThrow("lists 2 packages; at most 1 are allowed");
  });
});

describe("a removed package", () => {
  it("leaves the other parts", () => {
    expect(remove(chosen("shell/git/htop"), "git")).toEqual(chosen("shell/htop"));
  });
});

describe("the address", () => {
  it.each([
    ["/", NOTHING],
    ["/?name=shell/git/htop", chosen("shell/git/htop")],
    ["/?name=arm64", chosen("arm64")],
    ["/?name=images/web", chosen("images/web")],
    ["/?name=git&tag=nixos-25.11", { ...chosen("git"), tag: "nixos-25.11" }],
  ])("%s is read as a selection, and written back", (url, selection) => {
    expect(selectionUrl(selection)).toBe(url);
    expect(parseSelection(url.slice(1), MAX)).toEqual(selection);
  });

  it("may be encoded, as chat programs do", () => {
    expect(parseSelection("?name=shell%2Fgit&for=podman", MAX)).toEqual(chosen("shell/git"));
  });

  it("is refused with a message if it is not the address of an image", () => {
    expect(() => parseSelection("?name=a//b&tag=", MAX)).not.toThrow();
    expect(() => parseSelection("?name=git%00", MAX)).toThrow("cannot be part of an image name");
    expect(() => parseSelection("?tag=a..b", MAX)).toThrow("cannot be a channel, branch or commit");
  });

  it("of an image leads to the page on which people can change it", () => {
    expect(composeUrl("shell/git", "latest")).toBe("/?name=shell/git");
    expect(composeUrl("git", "v1")).toBe("/?name=git&tag=v1");
  });
});

describe("a tag", () => {
  it.each([
    ["", "latest"],
    [" main ", "main"],
    ["nixos-25.11", "nixos-25.11"],
  ])("%j is %s", (text, tag) => {
    expect(checkTag(text)).toBe(tag);
  });

  it.each(["a b", "v1.", "main.lock", "sha256-00.sig", "-x"])("cannot be %s", (text) => {
    expect(() => checkTag(text)).toThrow("cannot be a");
  });
});

describe("a reference", () => {
  it("has its tag, unless it is the default tag", () => {
    expect(reference("git", "latest")).toBe("git");
    expect(reference("git", "v1")).toBe("git:v1");
    expect(splitReference("git:v1")).toEqual({ name: "git", tag: "v1" });
    expect(splitReference("shell/git")).toEqual({ name: "shell/git", tag: "latest" });
  });
});

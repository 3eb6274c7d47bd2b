import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requestedName } from "../../protocol/image-request.ts";
import { formatImageName, parseImageName } from "../../protocol/image-name.ts";
import { matching, notMatching } from "../matchers.ts";

const SHELL = ["bashinteractive", "coreutils", "moreutils", "nano"];

describe("a name is read as", () => {
  test.each([
    ["git", ["git"], undefined],
    ["git/htop", ["git", "htop"], undefined],
    ["htop/git/htop", ["git", "htop"], undefined],
    ["python3packages.requests", ["python3packages.requests"], undefined],
    ["a_b/a__b/a-b/a---b/a.b/0", ["0", "a---b", "a-b", "a.b", "a__b", "a_b"], undefined],
    ["shell", SHELL, undefined],
    ["shell/git", ["bashinteractive", "coreutils", "git", "moreutils", "nano"], undefined],
    ["shell/nano", SHELL, undefined],
    ["arm64/git", ["git"], "arm64"],
    ["amd64/shell", SHELL, "amd64"],
    ["shell/arm64/git", [...SHELL, "git"].toSorted(), "arm64"],
    ["arm64/arm64/git", ["git"], "arm64"],
    ["git/arm64", ["arm64", "git"], undefined],
    ["git/shell", ["git", "shell"], undefined],
    ["a".repeat(255), ["a".repeat(255)], undefined],
  ])("%s", (name, packages, architecture) => {
    expect(parseImageName(name, 64)).toEqual({ packages, architecture });
  });
});

describe("a name is an image of the package set:", () => {
  test.each([
    ["images/web", "web", undefined],
    ["arm64/images/web", "web", "arm64"],
    ["amd64/images/web-1.2", "web-1.2", "amd64"],
    ["images/shell", "shell", undefined],
    ["images/arm64", "arm64", undefined],
    ["images/images", "images", undefined],
  ])("%s", (name, image, architecture) => {
    expect(parseImageName(name, 64)).toEqual({ packages: [], image, architecture });
  });

  test.each([
    ["images", ["images"]],
    ["git/images", ["git", "images"]],
    ["images.web", ["images.web"]],
    ["shell/images", [...SHELL, "images"].toSorted()],
  ])("%s is packages", (name, packages) => {
    expect(parseImageName(name, 64)).toEqual({ packages, architecture: undefined });
  });

  test.each(["images/web/git", "shell/images/web", "images/web/images/web"])("%s is refused", (name) => {
    expect(() => parseImageName(name, 64)).toThrow("images/web is an image of the package set and stands alone");
  });
});

describe("it is not a name:", () => {
  const invalid = [
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    "A",
    "a/B",
    ".",
    "..",
    "a/../b",
    "a..b",
    "a.",
    ".a",
    "-a",
    "a-",
    "_a",
    "a_",
  ];
  const foreign = ["a___b", "a._b", "a-_b", "a b", "a%2Fb", "a%00", "a\u0000", "a\n", "ä", "a:b", "a@b", "a\\b"];
  const meaningless = ["arm64", "amd64", "amd64/arm64/git", "arm64/shell/amd64"];

  test.each([...invalid, ...foreign, ...meaningless, "a".repeat(256), "a".repeat(10_000)])("%j", (name) => {
    expect(() => parseImageName(name, 64)).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
  });
});

describe("the limit of packages", () => {
  test.each([
    ["a/b/c", 3, true],
    ["a/b/c/d", 3, false],
    ["a/b/c/a/b/c", 3, true],
    ["shell", 3, false],
    ["arm64/a/b/c", 3, true],
  ])("%s with at most %i", (name, maxPackages, allowed) => {
    const parse = () => parseImageName(name, maxPackages).packages.length;
    if (allowed) expect(parse()).toBe(3);
    else expect(parse).toThrow(/at most 3 are allowed/);
  });
});

describe("a package has at most five steps:", () => {
  test.each(["a.b.c.d.e", "shell/a.b.c.d.e/git", "images/a.b.c.d.e.f.g", "arm64/images/a.b.c.d.e.f"])("%s", (name) => {
    expect(() => parseImageName(name, 64)).not.toThrow();
  });

  test.each(["x.out.out.out.out.out", "git/a.b.c.d.e.f", "images.a.b.c.d.e/git", "amd64/images.a.b.c.d.e"])(
    "%s is refused",
    (name) => {
      expect(() => parseImageName(name, 64)).toThrow(
        expect.objectContaining({
          code: "NAME_INVALID",
          message: matching(/^"[a-z.]+" has 6 steps between its dots; a package has at most 5$/),
        }),
      );
    },
  );
});

test("a message never repeats a long name", () => {
  for (const name of [`${"A".repeat(200)}/b`, `${"a".repeat(200)}.b.c.d.e.f`]) {
    expect(() => parseImageName(name, 64)).toThrow(expect.objectContaining({ message: notMatching(/a{81}/i) }));
  }
});

/** Components that are packages at every place in a name. */
const component = fc
  .stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?$/)
  .filter((text) => !["shell", "amd64", "arm64", "images"].includes(text));

test("order and repeats of packages make no difference", () => {
  const names = fc
    .uniqueArray(component, { minLength: 1, maxLength: 8 })
    .chain((packages) => fc.record({ packages: fc.constant(packages), more: fc.subarray(packages) }))
    .chain(({ packages, more }) =>
      fc.record({
        packages: fc.constant(packages),
        shuffled: fc.shuffledSubarray([...packages, ...more], { minLength: packages.length + more.length }),
      }),
    );
  fc.assert(
    fc.property(names, ({ packages, shuffled }) => {
      expect(parseImageName(shuffled.join("/"), 64)).toEqual(parseImageName(packages.join("/"), 64));
    }),
  );
});

test("packages come out sorted by code unit, each once", () => {
  fc.assert(
    fc.property(fc.array(component, { minLength: 1, maxLength: 12 }), (packages) => {
      const parsed = parseImageName(packages.join("/"), 64);
      expect(parsed.packages).toEqual([...new Set(packages)].toSorted((a, b) => (a < b ? -1 : 1)));
    }),
  );
});

test("every text gives a name or NAME_INVALID", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      try {
        expect(requestedName(parseImageName(text, 64))).toMatch(/^[a-z0-9._/-]+$/);
      } catch (error) {
        expect(error).toMatchObject({ code: "NAME_INVALID" });
      }
    }),
  );
});

describe("a name is written as", () => {
  test.each([
    ["htop/git", "git/htop"],
    ["git/shell/nano", "git/nano/shell"],
    ["amd64/git", "amd64/git"],
    ["nano/bashinteractive/moreutils/coreutils", "shell"],
    ["shell/git", "shell/git"],
    ["arm64/nano/shell/git", "arm64/git/nano/shell"],
    ["git/arm64/amd64", "git/amd64/arm64"],
    ["shell/nano/arm64", "bashinteractive/coreutils/moreutils/nano/arm64"],
    ["arm64/images/web", "arm64/images/web"],
    ["web/images", "web/images"],
    ["shell/web/images", "shell/web/images"],
    ["git/images/amd64", "git/images/amd64"],
  ])("%s: %s", (name, written) => {
    expect(formatImageName(parseImageName(name, 64))).toBe(written);
  });

  test("a name that reads as the same", () => {
    const word = fc.constantFrom("git", "a.b", "shell", "amd64", "arm64", "images", "zip", ...SHELL);
    const names = fc.array(word, { minLength: 1, maxLength: 8 }).map((components) => components.join("/"));
    fc.assert(
      fc.property(names, (name) => {
        let parsed;
        try {
          parsed = parseImageName(name, 64);
        } catch {
          return;
        }
        const written = formatImageName(parsed);
        expect(parseImageName(written, 64)).toEqual(parsed);
      }),
    );
  });
});

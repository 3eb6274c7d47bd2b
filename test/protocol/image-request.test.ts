import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseImageName } from "../../protocol/image-name.ts";
import { imagesOfList, isListRequest, parsePullRequest, requestedName } from "../../protocol/image-request.ts";

const REQUEST = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git", "htop"] };

test("a request passes through as it is", () => {
  expect(parsePullRequest(JSON.parse(JSON.stringify(REQUEST)), 64)).toEqual(REQUEST);
});

test("unknown members are left out", () => {
  expect(parsePullRequest({ ...REQUEST, more: 1 }, 64)).toEqual(REQUEST);
});

test("a request may be for an image of the package set", () => {
  const request = { ...REQUEST, packages: [], image: "web" };
  expect(parsePullRequest(request, 64)).toEqual(request);
});

test("the name of an image of the package set may have any number of dots", () => {
  const request = { ...REQUEST, packages: [], image: "a.b.c.d.e.f" };
  expect(parsePullRequest(request, 64)).toEqual(request);
});

describe("a request may be for a list of images", () => {
  const request = { ...REQUEST, architecture: "amd64+arm64" };

  test("and passes through as it is", () => {
    expect(parsePullRequest(JSON.parse(JSON.stringify(request)), 64)).toEqual(request);
  });

  test("which has one image for each architecture, of the same packages, tag and source", () => {
    const list = parsePullRequest(request, 64);
    expect(isListRequest(list) && imagesOfList(list)).toEqual([
      { ...REQUEST, architecture: "amd64" },
      { ...REQUEST, architecture: "arm64" },
    ]);
  });
});

test.each([
  [REQUEST, "git/htop"],
  [{ packages: [], image: "web" }, "images/web"],
])("the name of %j is %s", (request, name) => {
  expect(requestedName(request)).toBe(name);
});

describe("it is not a request:", () => {
  test.each([
    ["null", null, "NAME_INVALID"],
    ["text", "git", "NAME_INVALID"],
    ["an empty object", {}, "NAME_INVALID"],
    ["a source that is not a string", { ...REQUEST, source: 1 }, "NAME_INVALID"],
    ["no tag", { ...REQUEST, tag: undefined }, "NAME_INVALID"],
    ["a tag outside the grammar", { ...REQUEST, tag: "a/b" }, "TAG_INVALID"],
    ["an unknown architecture", { ...REQUEST, architecture: "riscv64" }, "NAME_INVALID"],
    ["architectures in another order", { ...REQUEST, architecture: "arm64+amd64" }, "NAME_INVALID"],
    ["packages that are not a list", { ...REQUEST, packages: "git" }, "NAME_INVALID"],
    ["a package that is not a string", { ...REQUEST, packages: [1] }, "NAME_INVALID"],
    ["no package", { ...REQUEST, packages: [] }, "NAME_INVALID"],
    ["an empty package", { ...REQUEST, packages: [""] }, "NAME_INVALID"],
    ["a package with a slash", { ...REQUEST, packages: ["a/b"] }, "NAME_INVALID"],
    ["a package outside the grammar", { ...REQUEST, packages: ["a;b"] }, "NAME_INVALID"],
    ["a package that is longer than a name", { ...REQUEST, packages: ["a".repeat(256)] }, "NAME_INVALID"],
    ["a package of six steps", { ...REQUEST, packages: ["a.b.c.d.e.f"] }, "NAME_INVALID"],
    ["packages out of order", { ...REQUEST, packages: ["htop", "git"] }, "NAME_INVALID"],
    ["an image that is not a string", { ...REQUEST, packages: [], image: 1 }, "NAME_INVALID"],
    ["an image with a slash", { ...REQUEST, packages: [], image: "a/b" }, "NAME_INVALID"],
    ["an empty image", { ...REQUEST, packages: [], image: "" }, "NAME_INVALID"],
    ["an image and packages", { ...REQUEST, image: "web" }, "NAME_INVALID"],
    ["a package twice", { ...REQUEST, packages: ["git", "git"] }, "NAME_INVALID"],
  ])("%s", (_, body, code) => {
    expect(() => parsePullRequest(body, 64)).toThrow(expect.objectContaining({ code }));
  });

  test("more packages than allowed", () => {
    expect(() => parsePullRequest(REQUEST, 1)).toThrow("at most 1 are allowed");
    expect(parsePullRequest(REQUEST, 2).packages).toHaveLength(2);
  });
});

test("if the Worker accepts a name, the origin accepts its request", () => {
  const component = fc.oneof(
    fc.constantFrom("shell", "amd64", "arm64", "git", "images"),
    fc.stringMatching(/^[a-z0-9]{1,30}(?:[._-][a-z0-9]{1,30})?$/),
  );
  const names = fc.array(component, { minLength: 1, maxLength: 30 }).map((components) => components.join("/"));
  fc.assert(
    fc.property(names, (text) => {
      const name = tryParse(text);
      fc.pre(name !== undefined);
      const { packages, image } = name;
      const request = { ...REQUEST, packages, ...(image === undefined ? {} : { image }) };
      expect(parsePullRequest(request, 64)).toEqual(request);
    }),
  );
  for (const text of ["git/amd64", "git/shell", `shell/${"a".repeat(249)}`]) {
    const { packages } = parseImageName(text, 64);
    expect(parsePullRequest({ ...REQUEST, packages }, 64).packages).toEqual(packages);
  }
});

function tryParse(text: string): ReturnType<typeof parseImageName> | undefined {
  try {
    return parseImageName(text, 64);
  } catch {
    return undefined;
  }
}

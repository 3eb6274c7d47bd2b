import { describe, expect, test } from "vitest";
import { parseEndpoint, pathOf } from "../../worker/endpoint.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("a URL's path is taken as it was sent", () => {
  test.each([
    ["https://h/v2/", "/v2/"],
    ["http://127.0.0.1:8787/v2/a%2Fb/manifests/x?ns=a/b", "/v2/a%2Fb/manifests/x"],
    ["http://h/v2/a/../b?x#y", "/v2/a/../b"],
    ["http://h/v2//a#b?c", "/v2//a"],
    ["http://h/?a\nb", "/"],
  ])("%s", (url, path) => {
    expect(pathOf(url)).toBe(path);
  });
});

describe("a path is one endpoint", () => {
  const name = { packages: ["git"], architecture: undefined };

  test.each([
    ["/v2", { kind: "version" }],
    ["/v2/", { kind: "version" }],
    ["/v2/git/manifests/latest", { kind: "tag", name, tag: "latest" }],
    [
      "/v2/images/web/manifests/latest",
      { kind: "tag", name: { packages: [], image: "web", architecture: undefined }, tag: "latest" },
    ],
    [`/v2/git/manifests/${DIGEST}`, { kind: "manifest", digest: DIGEST }],
    [`/v2/git/blobs/${DIGEST}`, { kind: "blob", digest: DIGEST }],
    [
      "/v2/manifests/manifests/manifests",
      { kind: "tag", name: { ...name, packages: ["manifests"] }, tag: "manifests" },
    ],
    [`/v2/manifests/x/blobs/${DIGEST}`, { kind: "blob", digest: DIGEST }],
    ["/v2/git/tags/list", undefined],
    ["/v2/git/manifests/latest/", undefined],
    ["/v2/git/manifestsx/latest", undefined],
    ["/v2/git", undefined],
    ["/v1/git/manifests/latest", undefined],
  ])("%s", (path, endpoint) => {
    expect(parseEndpoint(path, 64)).toEqual(endpoint);
  });
});

describe("what breaks the grammar", () => {
  test.each([
    ["/v2/../manifests/latest", "NAME_INVALID"],
    ["/v2/a/../b/manifests/latest", "NAME_INVALID"],
    ["/v2/./a/manifests/latest", "NAME_INVALID"],
    ["/v2//manifests/latest", "NAME_INVALID"],
    ["/v2/manifests/latest", "NAME_INVALID"],
    ["/v2/a\nb/manifests/latest", "NAME_INVALID"],
    ["/v2/a/manifests/..", "TAG_INVALID"],
    ["/v2/a/manifests/x\n", "TAG_INVALID"],
    ["/v2/a/blobs/..", "DIGEST_INVALID"],
    [`/v2/a/blobs/${DIGEST}\n`, "DIGEST_INVALID"],
    ["/v2/a/manifests/b:c", "DIGEST_INVALID"],
  ])("%j", (path, code) => {
    expect(() => parseEndpoint(path, 64)).toThrow(expect.objectContaining({ code }));
  });
});

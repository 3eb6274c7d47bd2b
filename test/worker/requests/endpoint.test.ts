import { describe, expect, test } from "vitest";
import { parseEndpoint, pathOf } from "../../../worker/requests/endpoint.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const SHA512 = `sha512:${"0".repeat(128)}`;

describe("a URL's path is not decoded", () => {
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
  const git = { repository: "git", name };

  test.each([
    ["/v2", { kind: "version" }],
    ["/v2/", { kind: "version" }],
    ["/v2/git/manifests/latest", { kind: "tag", ...git, tag: "latest" }],
    [
      "/v2/images/web/manifests/latest",
      {
        kind: "tag",
        repository: "images/web",
        name: { packages: [], image: "web", architecture: undefined },
        tag: "latest",
      },
    ],
    [`/v2/git/manifests/${DIGEST}`, { kind: "manifest", ...git, digest: DIGEST }],
    [`/v2/git/blobs/${DIGEST}`, { kind: "blob", ...git, digest: DIGEST }],
    [`/v2/git/blobs/${DIGEST.replace(":", "%3a")}`, { kind: "blob", ...git, digest: DIGEST }],
    [`/v2/git/referrers/${DIGEST}`, { kind: "referrers", ...git, digest: DIGEST }],
    [`/v2/git/referrers/${SHA512}`, { kind: "referrers", ...git, digest: undefined }],
    ["/v2/git/tags/list", { kind: "tag list", ...git }],
    ["/v2/_catalog", { kind: "catalog" }],
    ["/v2/git/git/tags/list", { kind: "tag list", name, repository: "git/git" }],
    [
      "/v2/tags/list/tags/list",
      { kind: "tag list", repository: "tags/list", name: { ...name, packages: ["list", "tags"] } },
    ],
    [
      "/v2/manifests/manifests/manifests",
      { kind: "tag", repository: "manifests", name: { ...name, packages: ["manifests"] }, tag: "manifests" },
    ],
    [
      `/v2/manifests/x/blobs/${DIGEST}`,
      { kind: "blob", repository: "manifests/x", name: { ...name, packages: ["manifests", "x"] }, digest: DIGEST },
    ],
    ["/v2/git/tags/latest", undefined],
    ["/v2/git/tags/list/", undefined],
    ["/v2/git/_catalog", undefined],
    ["/v2/git/manifests/latest/", undefined],
    ["/v2/git/manifestsx/latest", undefined],
    ["/v2/git", undefined],
    ["/v1/git/manifests/latest", undefined],
  ])("%s", (path, endpoint) => {
    expect(parseEndpoint(path, 64)).toEqual(endpoint);
  });
});

describe("a path that breaks the grammar", () => {
  test.each([
    ["/v2/../manifests/latest", "NAME_UNKNOWN"],
    ["/v2/a/../b/manifests/latest", "NAME_UNKNOWN"],
    ["/v2/./a/manifests/latest", "NAME_UNKNOWN"],
    ["/v2//manifests/latest", "NAME_UNKNOWN"],
    ["/v2/manifests/latest", "NAME_UNKNOWN"],
    ["/v2/a\nb/manifests/latest", "NAME_UNKNOWN"],
    ["/v2/tags/list", "NAME_UNKNOWN"],
    ["/v2/A/tags/list", "NAME_UNKNOWN"],
    ["/v2/../tags/list", "NAME_UNKNOWN"],
    ["/v2/a/referrers/latest", "DIGEST_INVALID"],
    ["/v2/A/referrers/sha256:0", "NAME_INVALID"],
    [`/v2/a/referrers/sha512:${"0".repeat(127)}`, "DIGEST_INVALID"],
    [`/v2/a/blobs/${SHA512}`, "BLOB_UNKNOWN"],
    [`/v2/a/blobs/${SHA512.replace(":", "%3A")}`, "BLOB_UNKNOWN"],
    [`/v2/a/manifests/${SHA512}`, "MANIFEST_UNKNOWN"],
    ["/v2/a/blobs/sha512:0", "DIGEST_INVALID"],
    ["/v2/a/blobs/b+c:0", "BLOB_UNKNOWN"],
    ["/v2/a/manifests/..", "MANIFEST_UNKNOWN"],
    ["/v2/a/manifests/x\n", "MANIFEST_UNKNOWN"],
    ["/v2/a/blobs/..", "DIGEST_INVALID"],
    [`/v2/a/blobs/${DIGEST}\n`, "DIGEST_INVALID"],
    ["/v2/a/manifests/b:c", "MANIFEST_UNKNOWN"],
    ["/v2/a/manifests/b:", "DIGEST_INVALID"],
  ])("%j", (path, code) => {
    expect(() => parseEndpoint(path, 64)).toThrow(expect.objectContaining({ code }));
  });
});

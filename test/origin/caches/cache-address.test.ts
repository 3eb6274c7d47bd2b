import { describe, expect, test } from "vitest";
import { parseCacheAddress } from "../../../origin/caches/cache-address.ts";

const NETRC = [{ machine: "private.example", login: "reader", password: "secret" }];
const HEADERS = { authorization: `Basic ${Buffer.from("reader:secret").toString("base64")}` };
const PLAIN = { headers: {}, priority: undefined, isTrusted: false };

describe("the address of a cache", () => {
  test.each([
    ["https://cache.nixos.org", { shown: "https://cache.nixos.org", url: "https://cache.nixos.org/" }],
    ["https://cache.nixos.org/", { shown: "https://cache.nixos.org", url: "https://cache.nixos.org/" }],
    ["http://a.example:8080/b//", { shown: "http://a.example:8080/b", url: "http://a.example:8080/b/" }],
    ["https://a.example?priority=10", { shown: "https://a.example", url: "https://a.example/", priority: 10 }],
    ["https://a.example?priority=-1", { shown: "https://a.example", url: "https://a.example/", priority: -1 }],
    ["https://a.example?trusted=1", { shown: "https://a.example", url: "https://a.example/", isTrusted: true }],
    ["https://a.example?trusted=true", { shown: "https://a.example", url: "https://a.example/", isTrusted: true }],
    ["https://a.example?trusted=false", { shown: "https://a.example", url: "https://a.example/" }],
    ["https://a.example?compression=xz", { shown: "https://a.example", url: "https://a.example/" }],
    [
      "https://private.example",
      { shown: "https://private.example", url: "https://private.example/", headers: HEADERS },
    ],
    [
      "https://reader:secret@a.example/b",
      { shown: "https://a.example/b", url: "https://a.example/b/", headers: HEADERS },
    ],
    [
      "https://re%61der:secret@private.example",
      { shown: "https://private.example", url: "https://private.example/", headers: HEADERS },
    ],
    ["file:///srv/cache", { shown: "file:///srv/cache", url: "file:///srv/cache/" }],
    ["file:///srv/cache?priority=1", { shown: "file:///srv/cache", url: "file:///srv/cache/", priority: 1 }],
    ["/srv/my cache", { shown: "/srv/my cache", url: "file:///srv/my%20cache/" }],
    ["s3://bucket", { shown: "s3://bucket", url: "https://s3.us-east-1.amazonaws.com/bucket/" }],
    ["s3://bucket?region=eu-west-1", { shown: "s3://bucket", url: "https://s3.eu-west-1.amazonaws.com/bucket/" }],
    [
      "s3://bucket?endpoint=127.0.0.1:9000&scheme=http&priority=2",
      { shown: "s3://bucket", url: "http://127.0.0.1:9000/bucket/", priority: 2 },
    ],
    ["s3://bucket?endpoint=https://minio.example/", { shown: "s3://bucket", url: "https://minio.example/bucket/" }],
  ])("%s", (text, expected) => {
    const problems: string[] = [];
    expect(parseCacheAddress(text, NETRC, problems)).toEqual({ ...PLAIN, ...expected });
    expect(problems).toEqual([]);
  });
});

const KINDS = "it must be an address of the kind https://, http://, file:///folder or s3://bucket";

test.each(["ssh://host", "ssh-ng://host", "daemon", "auto", "unix:///socket"])("%s is left to Nix", (text) => {
  const problems: string[] = [];
  expect(parseCacheAddress(text, NETRC, problems)).toBeUndefined();
  expect(problems).toEqual([]);
});

describe("the start refuses", () => {
  test.each([
    ["ftp://host", `the binary cache ftp://host: ${KINDS}`],
    ["cache.nixos.org", `the binary cache cache.nixos.org: ${KINDS}`],
    ["ftp://a:b@example.com/", `the binary cache ftp://example.com: ${KINDS}`],
    ["file://host/folder", `the binary cache file://host/folder: ${KINDS}`],
    ["file:folder", `the binary cache file:folder: ${KINDS}`],
    ["s3://", `the binary cache s3:: ${KINDS}`],
    ["s3://a/../b", `the binary cache s3://a/../b: ${KINDS}`],
    ["s3://bucket?scheme=file&endpoint=x", `the binary cache s3://bucket: ${KINDS}`],
    ["https://a.example?priority=high", "the binary cache https://a.example: its priority must be a whole number"],
    [
      "https://a.example?trusted=constructor",
      "the binary cache https://a.example: its parameter trusted must be true or false",
    ],
    [
      "https://a.example?trusted=maybe",
      "the binary cache https://a.example: its parameter trusted must be true or false",
    ],
  ])("%s", (text, problem) => {
    const problems: string[] = [];
    expect(parseCacheAddress(text, NETRC, problems)).toBeUndefined();
    expect(problems).toEqual([problem]);
  });
});

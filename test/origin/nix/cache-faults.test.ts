import { describe, expect, test } from "vitest";
import { createCacheFaults } from "../../../origin/nix/cache-faults.ts";
import { parseNixEvent } from "../../../origin/nix/nix-event.ts";

const CACHE = "http://127.0.0.1:8871/cache";
const PATH = "/nix/store/pjq2sl8syxk23ixjhsb60634jd45mbcl-bash-1.0";

const message = (msg: string, level = 0) => `@nix ${JSON.stringify({ action: "msg", level, msg })}`;

function faultsOf(lines: readonly string[], caches = [`${CACHE}?priority=1`]) {
  const faults = createCacheFaults(caches);
  return lines.flatMap((line) => {
    const event = parseNixEvent(line);
    const fault = event && faults.read(event);
    return fault ? [fault] : [];
  });
}

describe("a fault of a binary cache", () => {
  test.each([
    // Nix 2.8
    [
      `unable to download '${CACHE}/nix-cache-info': HTTP error 500 ('Internal Server Error')`,
      "answers HTTP error 500",
      true,
    ],
    [
      `unable to download '${CACHE}/nix-cache-info': Couldn't connect to server (7)`,
      "cannot be reached: Couldn't connect to server (7)",
      true,
    ],
    [`unable to download '${CACHE}/a.narinfo': Timeout was reached (28)`, "does not answer, or stops answering", true],
    [
      `the substitute for '${PATH}' from '${CACHE}' is not signed by any of the keys in 'trusted-public-keys'`,
      "has no trusted signature for bash-1.0; CORNICE_NIX_TRUSTED_KEYS names the trusted keys",
      false,
    ],
    [
      `file 'nar/0nny.nar.xz' does not exist in binary cache '${CACHE}'`,
      "knows a store path, but has lost its archive",
      false,
    ],
    [
      `don't know how to open Nix store '${CACHE}'`,
      "is of a kind that this Nix cannot use; Debian's Nix is built without S3",
      true,
    ],
    // Nix 2.26 and 2.34
    [
      `unable to download '${CACHE}/nix-cache-info': HTTP error 401`,
      "answers HTTP error 401; it needs a password (CORNICE_NIX_NETRC)",
      true,
    ],
    [
      `ignoring substitute for '${PATH}' from '${CACHE}', as it's not signed by any of the keys in 'trusted-public-keys'`,
      "has no trusted signature for bash-1.0; CORNICE_NIX_TRUSTED_KEYS names the trusted keys",
      false,
    ],
    [
      `unable to download '${CACHE}/nar/a.nar.xz': HTTP error 200 (curl error: Transferred a partial file)`,
      "breaks off in the middle of an answer",
      false,
    ],
    [
      `'${CACHE}' does not appear to be a binary cache`,
      "has no nix-cache-info; if the address is right, it needs a password (CORNICE_NIX_NETRC)",
      true,
    ],
    [`something new about '${CACHE}/x'`, `fails: something new about '${CACHE}/x'`, false],
  ])("%s", (msg, words, isWhole) => {
    expect(faultsOf([message(msg)])).toMatchObject([{ cache: CACHE, words, isWhole }]);
  });

  test("of a bucket that wants a signed request says so", () => {
    const log = message("unable to download 'https://s3.example.org/b/nix-cache-info': HTTP error 403");
    const words =
      "answers HTTP error 403; Debian's Nix signs no requests to S3, so the bucket must be public, or served over HTTP";
    expect(faultsOf([log], ["s3://b?endpoint=https://s3.example.org"])).toMatchObject([{ cache: "s3://b", words }]);
  });

  test("that names no cache is a fault of the last one that Nix copied from", () => {
    const copy = (id: number, cache: string) =>
      `@nix ${JSON.stringify({ action: "start", id, type: 100, fields: [PATH, cache, "local"] })}`;
    const stop = (id: number) => `@nix ${JSON.stringify({ action: "stop", id })}`;
    const error = message("error: Failed to open archive (Lzma library error: Corrupted input data)");
    const caches = [CACHE, "https://other.example"];
    expect(faultsOf([copy(1, CACHE), copy(2, "https://other.example"), stop(1), error], caches)).toMatchObject([
      { cache: CACHE, kind: "archive", isWhole: false },
    ]);
    expect(faultsOf([error])).toEqual([]);
  });

  test("is told once", () => {
    const error = message(`unable to download '${CACHE}/a.narinfo': HTTP error 500`);
    expect(faultsOf([error, error.replace("a.narinfo", "b.narinfo")])).toHaveLength(1);
  });

  test("shows no password", () => {
    const cache = "https://user:secret@cache.example";
    const found = faultsOf([message(`unable to download '${cache}/nix-cache-info': HTTP error 503`)], [cache]);
    expect(JSON.stringify(found)).not.toContain("secret");
    expect(found).toMatchObject([{ cache: "https://cache.example" }]);
  });

  test("is found if Nix writes the address in another way, and never ends other caches if it is not", () => {
    const unable = (url: string) => message(`unable to download '${url}/nix-cache-info': HTTP error 500`);
    expect(faultsOf([unable("http://c/a%3Db")], ["http://c/a=b"])).toMatchObject([
      { cache: "http://c/a=b", isWhole: true },
    ]);
    expect(faultsOf([unable("http://d")], ["http://c"])).toMatchObject([
      { cache: "http://d/nix-cache-info", isWhole: false },
    ]);
  });

  test("of S3 names the server, and is one of the cache in S3", () => {
    const caches = ["https://cache.example", "s3://bucket?endpoint=10.0.0.1"];
    const lines = [
      message("unable to download 'https://10.0.0.1/bucket/nix-cache-info': Could not connect to server (7)"),
    ];
    expect(faultsOf(lines, caches)).toMatchObject([{ cache: "s3://bucket" }]);
    const unknown = [message("don't know how to open Nix store with scheme 's3'", 1)];
    expect(faultsOf(unknown, caches)).toMatchObject([{ cache: "s3://bucket", kind: "unusable", isWhole: true }]);
  });
});

test.each([
  message(`unable to download '${CACHE}/a.narinfo': HTTP error 503\n\nresponse body:\n\nbusy; retrying in 304 ms`),
  message(
    `unable to download '${CACHE}/nar/a.nar': HTTP error 200; retrying from offset 16790 in 306 ms (attempt 1/5)`,
  ),
  message(`copying path '${PATH}' from '${CACHE}'...`, 3),
  message("error: build of 'x' failed"),
  `a builder says: unable to download '${CACHE}/a.narinfo': HTTP error 500`,
  message(`nothing about '${CACHE}2/a'`),
])("no fault: %s", (line) => {
  expect(faultsOf([line])).toEqual([]);
});

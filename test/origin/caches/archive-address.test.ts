import { describe, expect, test } from "vitest";
import { archiveAddress } from "../../../origin/caches/archive-address.ts";
import { NarInfoError } from "../../../origin/caches/nar-info.ts";

const headers = { authorization: "Basic x" };
const WEB = { url: "https://a.example/cache/", headers };
const FOLDER = { url: "file:///srv/cache/", headers: {} };

describe("an archive is", () => {
  test.each([
    [WEB, "nar/a.nar.xz", "https://a.example/cache/nar/a.nar.xz", headers],
    [WEB, "nar/a.nar?hash=b", "https://a.example/cache/nar/a.nar?hash=b", headers],
    [WEB, "https://a.example/elsewhere/a.nar", "https://a.example/elsewhere/a.nar", headers],
    [WEB, "https://cdn.example/a.nar", "https://cdn.example/a.nar", {}],
    [WEB, "http://a.example/cache/a.nar", "http://a.example/cache/a.nar", {}],
    [WEB, "https://a.example:444/cache/a.nar", "https://a.example:444/cache/a.nar", {}],
    [FOLDER, "nar/a.nar", "file:///srv/cache/nar/a.nar", {}],
    [FOLDER, "https://cdn.example/a.nar", "https://cdn.example/a.nar", {}],
  ])("in %o at %s", (cache, text, url, expected) => {
    expect(archiveAddress(cache, text)).toEqual({ url, headers: expected });
  });
});

describe("refuses", () => {
  test.each([
    [WEB, "../secret", "URL leads out of the cache"],
    [WEB, "nar/%2e%2e/%2E./x", "URL leads out of the cache"],
    [WEB, String.raw`..\x`, "URL leads out of the cache"],
    [WEB, "/nar/a.nar", "URL leads out of the cache"],
    [WEB, "//b.example/a.nar", "URL leads out of the cache"],
    [FOLDER, "../../etc/passwd", "URL leads out of the cache"],
    [FOLDER, "/etc/passwd", "URL leads out of the cache"],
    [WEB, "file:///etc/passwd", "URL is of a kind that is not supported"],
    [FOLDER, "file:///srv/cache/nar/a.nar", "URL is of a kind that is not supported"],
    [WEB, "data:text/plain,x", "URL is of a kind that is not supported"],
    [WEB, "https://", "URL is no address"],
    [WEB, "https://a:b@cdn.example/a.nar", "URL is no address"],
  ])("in %o %s", (cache, text, message) => {
    expect(() => archiveAddress(cache, text)).toThrow(NarInfoError);
    expect(() => archiveAddress(cache, text)).toThrow(message);
  });
});

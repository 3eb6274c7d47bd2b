import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readError, readText, startIsolate } from "../client.ts";
import { storeImage, type TestManifest } from "../images.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const textOf = ({ bytes }: TestManifest) => new TextDecoder().decode(bytes);

/** Sends the request to the tag and to the digest of one image. The tag has just been served. */
async function askBoth(headers: HeadersInit, method = "GET"): Promise<{ manifest: TestManifest; answers: Response[] }> {
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
  const { oci: manifest } = await storeImage("ranged");
  const isolate = startIsolate();
  await isolate.settle("/v2/ranged/manifests/latest");
  const paths = ["latest", manifest.digest].map((reference) => `/v2/ranged/manifests/${reference}`);
  return { manifest, answers: await Promise.all(paths.map((path) => isolate.settle(path, { method, headers }))) };
}

describe("a range of a manifest, by tag and by digest", () => {
  test.each<[range: string, start: number, end?: number]>([
    ["bytes=0-", 0],
    ["bytes=0-9", 0, 10],
    ["bytes=5-", 5],
    ["bytes=-7", -7],
    ["bytes=3-99999999", 3],
  ])("%s is answered with that part", async (Range, start, end) => {
    const { manifest, answers } = await askBoth({ Range });
    const text = textOf(manifest);
    const part = text.slice(start, end);
    const offset = text.indexOf(part);
    for (const answer of answers) {
      expect(answer.status).toBe(206);
      expect(await readText(answer)).toBe(part);
      expect(answer.headers.get("Content-Length")).toBe(String(part.length));
      expect(answer.headers.get("Content-Range")).toBe(`bytes ${offset}-${offset + part.length - 1}/${text.length}`);
      expect(answer.headers.get("Content-Type")).toBe(manifest.mediaType);
      expect(answer.headers.get("Docker-Content-Digest")).toBe(manifest.digest);
    }
  });

  test.each(["bytes=99999999-", "bytes=-0"])("%s has no byte of the manifest", async (Range) => {
    const { manifest, answers } = await askBoth({ Range });
    for (const answer of answers) {
      expect(answer.status).toBe(416);
      expect(answer.headers.get("Content-Range")).toBe(`bytes */${manifest.bytes.length}`);
      expect((await readError(answer)).code).toBe("RANGE_INVALID");
    }
  });

  test.each<[title: string, headers: Record<string, string>]>([
    ["several ranges", { Range: "bytes=0-1,4-5" }],
    ["a malformed range", { Range: "bytes=5-4" }],
    ["a range of other content", { Range: "bytes=0-1", "If-Range": '"other"' }],
  ])("%s: the whole manifest", async (_, headers) => {
    const { manifest, answers } = await askBoth(headers);
    for (const answer of answers) {
      expect([answer.status, answer.headers.get("Content-Range")]).toEqual([200, null]);
      expect(await readText(answer)).toBe(textOf(manifest));
    }
  });

  test("is ignored for HEAD", async () => {
    const { manifest, answers } = await askBoth({ Range: "bytes=0-1" }, "HEAD");
    for (const answer of answers) {
      expect([answer.status, answer.headers.get("Content-Length")]).toEqual([200, String(manifest.bytes.length)]);
    }
  });

  test("is ignored if the client has the manifest", async () => {
    const { answers } = await askBoth({ Range: "bytes=0-1", "If-None-Match": "*" });
    expect(answers.map(({ status }) => status)).toEqual([304, 304]);
  });
});

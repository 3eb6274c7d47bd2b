import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Digest, digestOf, sha256Digest } from "../../protocol/digest.ts";
import { MEDIA_TYPES, OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";
import { storeList } from "./attached.ts";
import { pull } from "./client.ts";
import { storeBlob, storeImage, storeTag, tagRecord, type TestImage } from "./images.ts";

/**
 * The requests for pulls and for content discovery that a conformance test of the distribution specification makes, with
 * the section that demands the answer: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
const NAME = "conformance";
const TAGS = ["test0", "test1", "test2", "test3"];
const BLOB = new TextEncoder().encode("a blob");
const UNKNOWN = sha256Digest("0".repeat(64));
const SHA512 = `sha512:${"0".repeat(128)}`;
const ARTIFACT = { mediaType: MEDIA_TYPES.oci.manifest, digest: UNKNOWN, size: 1, artifactType: "text/one" };
const REFERRERS = [ARTIFACT, { ...ARTIFACT, artifactType: "text/two" }];
const ACCEPT = [MEDIA_TYPES.oci.manifest, OCI_INDEX_MEDIA_TYPE].join(", ");
/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes, those of pulls. */
const ERROR_CODES =
  /^(?:BLOB_UNKNOWN|DENIED|DIGEST_INVALID|MANIFEST_UNKNOWN|NAME_INVALID|NAME_UNKNOWN|SIZE_INVALID|TOOMANYREQUESTS|UNAUTHORIZED|UNSUPPORTED)$/;

let image: TestImage;
let blob: Digest;

beforeEach(async () => {
  image = await storeImage(NAME);
  blob = await storeBlob(new Uint8Array(BLOB));
  for (const tag of TAGS) await storeTag(NAME, tagRecord(image), tag);
  const list = { schemaVersion: 2, mediaType: OCI_INDEX_MEDIA_TYPE, manifests: REFERRERS };
  await storeList(image.oci.digest, JSON.stringify(list));
});

afterEach(() => reset());

function ask(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Response> {
  return pull(`/v2/${path}`, { method, headers: { Accept: ACCEPT, ...headers } });
}

test("#determining-support: the registry implements the specification", async () => {
  const response = await ask("");
  expect(response.status).toBe(200);
  await response.arrayBuffer();
});

describe("content that exists", () => {
  const rows: [section: string, path: () => string, digest: () => Digest, bytes: () => Uint8Array][] = [
    ["#pulling-manifests by tag", () => `manifests/${TAGS[0]}`, () => image.oci.digest, () => image.oci.bytes],
    [
      "#pulling-manifests by digest",
      () => `manifests/${image.docker.digest}`,
      () => image.docker.digest,
      () => image.docker.bytes,
    ],
    ["#pulling-blobs", () => `blobs/${blob}`, () => blob, () => BLOB],
  ];

  test.each(rows)("%s: GET is 200 with the bytes of the digest", async (_, path, digest, bytes) => {
    const response = await ask(`${NAME}/${path()}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("Docker-Content-Digest")).toBe(digest());
    expect(response.headers.get("Content-Length")).toBe(String(bytes().length));
    expect(await digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest());
  });

  test.each(rows)(
    "#checking-if-content-exists-in-the-registry, %s: HEAD is 200 with the length",
    async (_, path, digest, bytes) => {
      const response = await ask(`${NAME}/${path()}`, "HEAD");
      expect(response.status).toBe(200);
      expect(response.headers.get("Docker-Content-Digest")).toBe(digest());
      expect(response.headers.get("Content-Length")).toBe(String(bytes().length));
      expect(response.body).toBeNull();
    },
  );

  test("#pulling-manifests: Content-Type is the manifest's media type", async () => {
    const response = await ask(`${NAME}/manifests/${TAGS[0]}`);
    const { mediaType } = await response.json<{ mediaType: string }>();
    expect(response.headers.get("Content-Type")).toBe(mediaType);
  });

  test("#pulling-blobs: a range of RFC 9110", async () => {
    const response = await ask(`${NAME}/blobs/${blob}`, "GET", { Range: "bytes=2-3" });
    expect(response.status).toBe(206);
    expect(response.headers.get("Content-Range")).toBe(`bytes 2-3/${BLOB.length}`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BLOB.slice(2, 4));
  });
});

describe("what does not exist, or cannot exist", () => {
  test.each<[section: string, path: string, status: number]>([
    ["#pulling-blobs", `${NAME}/blobs/${UNKNOWN}`, 404],
    ["#pulling-blobs", `${NAME}/blobs/${SHA512}`, 404],
    ["#pulling-blobs", `${NAME}/blobs/blake3:${"0".repeat(64)}`, 404],
    ["#pulling-blobs", `.INVALID_NAME/blobs/${UNKNOWN}`, 404],
    ["#pulling-manifests", `${NAME}/manifests/${UNKNOWN}`, 404],
    ["#pulling-manifests", `${NAME}/manifests/${SHA512}`, 404],
    ["#pulling-manifests", `${NAME}/manifests/.INVALID_MANIFEST_NAME`, 404],
    ["#pulling-manifests", `${NAME}/manifests/${"a".repeat(129)}`, 404],
    ["#pulling-manifests", ".INVALID_NAME/manifests/latest", 404],
    ["#pulling-manifests", `INVALID/manifests/${UNKNOWN}`, 404],
    ["#listing-tags", ".INVALID_NAME/tags/list", 404],
    ["#listing-referrers, a digest with an invalid syntax", `${NAME}/referrers/sha256:0`, 400],
    ["#listing-referrers, a digest with an invalid syntax", `${NAME}/referrers/sha512:${"0".repeat(64)}`, 400],
    ["#listing-referrers, an invalid request", `.INVALID_NAME/referrers/${UNKNOWN}`, 400],
  ])("%s: %s is %i", async (_, path, status) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await ask(path, method);
      expect(response.status).toBe(status);
      if (method === "GET") {
        // #error-codes
        const { errors } = await response.json<{ errors: { code: string; message: string }[] }>();
        expect(errors).toHaveLength(1);
        expect(errors[0]?.code).toMatch(ERROR_CODES);
      }
    }
  });
});

describe("#listing-tags", () => {
  test.each([
    ["", TAGS.length + 1, ["latest", ...TAGS]],
    ["?n=2", 2, ["latest", "test0"]],
    ["?n=0", 0, []],
    ["?n=2&last=test0", 2, ["test1", "test2"]],
    ["?last=test2", 1, ["test3"]],
    ["?last=test3", 0, []],
  ])("tags/list%s has %i tags, sorted", async (query, _, tags) => {
    const response = await ask(`${NAME}/tags/list${query}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ name: NAME, tags });
  });

  test("pages that link to each other have all tags", async () => {
    const seen: string[] = [];
    for (let path: string | undefined = `${NAME}/tags/list?n=2`; path !== undefined;) {
      const response = await ask(path);
      seen.push(...(await response.json<{ tags: string[] }>()).tags);
      path = /^<\/v2\/(.*)>; rel="next"$/.exec(response.headers.get("Link") ?? "")?.[1];
    }
    expect(seen).toEqual(["latest", ...TAGS]);
  });
});

describe("#listing-referrers", () => {
  test.each<[digest: () => string, query: string, manifests: unknown[], applied: string | null]>([
    [() => image.oci.digest, "", REFERRERS, null],
    [() => image.oci.digest, "?artifactType=text%2Fone", [ARTIFACT], "artifactType"],
    [() => UNKNOWN, "", [], null],
    [() => SHA512, "", [], null],
    [() => SHA512, "?artifactType=text%2Fone", [], "artifactType"],
  ])("row %#: 200 with an index, and never 404", async (digest, query, manifests, applied) => {
    const response = await ask(`${NAME}/referrers/${digest()}${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(OCI_INDEX_MEDIA_TYPE);
    expect(response.headers.get("OCI-Filters-Applied")).toBe(applied);
    expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX_MEDIA_TYPE, manifests });
  });
});

import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIST_MEDIA_TYPES, MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { startIsolate } from "../client.ts";
import { countStores } from "../counting.ts";
import { spyOnLog } from "../failure-log.ts";
import { BOTH, makeList, NO_ARM64, storeList, TAKES_LISTS, TAKES_NO_LIST, type TestList } from "../lists.ts";
import { originCalls } from "../origin.ts";

const TAG = "/v2/git/manifests/latest";
const DOCKERS = { Accept: `${MEDIA_TYPES.docker.manifest}, ${LIST_MEDIA_TYPES.docker}` };
const ON_ARM64 = { "User-Agent": "docker/28.5.2 go/go1.24.8 os/linux arch/arm64 UpstreamClient()" };

let list: TestList;

beforeEach(async () => {
  spyOnLog();
  list = await makeList("git");
  await storeList("git", list);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** With two platforms, as in wrangler.toml. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}, init: RequestInit = {}): Promise<Response> {
  return startIsolate(BOTH).settle(path, { ...init, headers });
}

describe("a name without an architecture stands for", () => {
  test.each<[what: string, headers: Readonly<Record<string, string>>]>([
    ["a client without Accept", {}],
    ["a client that takes everything", TAKES_LISTS],
    ["a client that takes OCI's index", { Accept: LIST_MEDIA_TYPES.oci }],
  ])("the OCI index: %s", async (_, headers) => {
    const answer = await ask(TAG, headers);
    expect(answer.headers.get("Content-Type")).toBe(LIST_MEDIA_TYPES.oci);
    expect(answer.headers.get("Docker-Content-Digest")).toBe(list.oci.digest);
    expect(answer.headers.get("Vary")).toBe("Accept, User-Agent");
    expect(answer.headers.get("Warning")).toBeNull();
    expect(await answer.bytes()).toEqual(list.oci.bytes);
    expect(await originCalls("git")).toEqual([]);
  });

  test("Docker's list, for a client that takes no OCI", async () => {
    const answer = await ask(TAG, DOCKERS);
    expect(answer.headers.get("Content-Type")).toBe(LIST_MEDIA_TYPES.docker);
    expect(await answer.bytes()).toEqual(list.docker.bytes);
  });

  test("the default architecture's manifest, for a client that takes no list", async () => {
    for (const [DEFAULT_ARCHITECTURE, image] of Object.entries(list.images)) {
      const isolate = startIsolate({ ...BOTH, DEFAULT_ARCHITECTURE });
      const oci = await isolate.settle(TAG, { headers: TAKES_NO_LIST });
      expect(oci.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
      const docker = await isolate.settle(TAG, { headers: { Accept: MEDIA_TYPES.docker.manifest } });
      expect(docker.headers.get("Docker-Content-Digest")).toBe(image.docker.digest);
    }
  });

  test("one image, with one platform", async () => {
    const answer = await startIsolate({ PLATFORMS: "amd64" }).settle(TAG, { headers: TAKES_LISTS });
    expect(answer.headers.get("Docker-Content-Digest")).toBe(list.images.amd64?.oci.digest);
  });
});

test.each(["amd64", "arm64"] as const)(
  "%s in the name chooses one image, whatever the client takes",
  async (chosen) => {
    for (const headers of [{}, TAKES_LISTS, TAKES_NO_LIST]) {
      const answer = await ask(`/v2/${chosen}/git/manifests/latest`, headers);
      expect(answer.headers.get("Docker-Content-Digest")).toBe(list.images[chosen]?.oci.digest);
    }
  },
);

describe("a list is content like a manifest", () => {
  test("by digest, in both formats, with all that it names", async () => {
    const named = Object.values(list.images).flatMap(({ oci, docker }) => [oci, docker]);
    for (const { digest, mediaType, bytes } of [list.oci, list.docker, ...named]) {
      const answer = await ask(`/v2/git/manifests/${digest}`);
      expect(answer.headers.get("Content-Type")).toBe(mediaType);
      expect(await answer.bytes()).toEqual(bytes);
    }
  });

  test("HEAD has the headers of GET", async () => {
    const [head, get] = [await ask(TAG, {}, { method: "HEAD" }), await ask(TAG)];
    for (const name of ["Content-Type", "Content-Length", "Docker-Content-Digest", "ETag", "Vary", "Cache-Control"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    expect(await head.text()).toBe("");
  });

  test("a client that has it gets 304, and one that has another representation does not", async () => {
    const ETag = `"${list.oci.digest}"`;
    expect((await ask(TAG, { "If-None-Match": ETag })).status).toBe(304);
    expect((await ask(TAG, { "If-None-Match": ETag, ...DOCKERS })).status).toBe(200);
    expect((await ask(TAG, { "If-None-Match": ETag, ...TAKES_NO_LIST })).status).toBe(200);
  });

  test("a range is a part of it", async () => {
    const answer = await ask(TAG, { Range: "bytes=2-5" });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("Content-Range")).toBe(`bytes 2-5/${list.oci.bytes.length}`);
    expect(await answer.bytes()).toEqual(list.oci.bytes.slice(2, 6));
  });
});

describe("a warm pull", () => {
  test("of a list takes as many reads as one of an image", async () => {
    const reads: unknown[] = [];
    for (const headers of [TAKES_LISTS, TAKES_NO_LIST]) {
      const stores = countStores();
      await startIsolate({ ...BOTH, KV: stores.KV, R2: stores.R2 }).settle(TAG, { headers });
      reads.push(stores.take());
    }
    expect(reads[0]).toEqual(reads[1]);
  });

  test("comes from memory, and each client gets what it takes", async () => {
    const stores = countStores();
    const isolate = startIsolate({ ...BOTH, KV: stores.KV, R2: stores.R2 });
    const wanted = [
      [TAKES_LISTS, list.oci.digest],
      [DOCKERS, list.docker.digest],
      [TAKES_NO_LIST, list.images.amd64?.oci.digest],
    ] as const;
    for (const [headers] of wanted) await isolate.settle(TAG, { headers });
    stores.take();
    for (const [headers, digest] of [...wanted, ...wanted.toReversed()]) {
      const answer = await isolate.settle(TAG, { headers });
      expect(answer.headers.get("Docker-Content-Digest")).toBe(digest);
      expect(answer.headers.get("Cornice-Cache")).toBe("memory");
    }
    expect(stores.take()).toEqual({});
  });
});

describe("notes", () => {
  const NOTE = '299 - "there is no image for linux/arm64: no such package: git"';

  test("a list that lacks an architecture says so to every client, also from memory", async () => {
    await storeList("git", await makeList("git", ["amd64"]), { leftOut: [NO_ARM64] });
    const isolate = startIsolate(BOTH);
    for (const headers of [{}, ON_ARM64, TAKES_LISTS]) {
      const answer = await isolate.settle(TAG, { headers });
      expect([answer.status, answer.headers.get("Warning")]).toEqual([200, NOTE]);
    }
  });

  test("a client that gets the list learns nothing of other machines, one that gets an image does", async () => {
    expect((await ask(TAG, { ...ON_ARM64, ...TAKES_LISTS })).headers.get("Warning")).toBeNull();
    const image = await ask(TAG, { ...ON_ARM64, ...TAKES_NO_LIST });
    expect(image.headers.get("Warning")).toContain("this machine is linux/arm64: pull arm64/git");
  });
});

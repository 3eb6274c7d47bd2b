import { reset, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { manifestCacheKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { matching } from "../../matchers.ts";
import { callWorker, pull, readError, storedKeys } from "../client.ts";
import { latestKey, makeImage, storeImage, storeInKv, storeInR2, storeTag, tagRecord } from "../images.ts";
import { originCalls, scriptOrigin, succeed } from "../origin.ts";
import { failingKv } from "../outages.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("a warm tag", () => {
  test.each(["GET", "HEAD"])("%s is served without a call to the origin", async (method) => {
    const { oci } = await storeImage("warm");
    const response = await pull("/v2/warm/manifests/latest", { method });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "accept-ranges": "bytes",
      "cache-control": "public, max-age=60, stale-while-revalidate=300, no-transform",
      "content-length": String(oci.bytes.length),
      "content-type": oci.mediaType,
      "cornice-cache": "kv",
      "docker-content-digest": oci.digest,
      "docker-distribution-api-version": "registry/2.0",
      etag: `"${oci.digest}"`,
      "server-timing": matching(/^tag-memory;dur=\d+, tag-kv;dur=\d+, memory;dur=\d+, colo;dur=\d+, kv;dur=\d+$/),
      vary: "Accept, User-Agent",
      "x-content-type-options": "nosniff",
    });
    expect(await response.text()).toBe(method === "GET" ? new TextDecoder().decode(oci.bytes) : "");
    expect(await originCalls("warm")).toHaveLength(0);
  });

  test("is served from R2 when KV has the tag but not the manifest", async () => {
    const image = await makeImage("warm-r2");
    await storeInR2(image);
    await storeTag("warm-r2", tagRecord(image));
    const response = await pull("/v2/warm-r2/manifests/latest");
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    await response.arrayBuffer();
    expect(await originCalls("warm-r2")).toHaveLength(0);
  });

  test("answers 304 to a client that has the manifest", async () => {
    const { oci } = await storeImage("warm");
    const response = await pull("/v2/warm/manifests/latest", { headers: { "If-None-Match": `"${oci.digest}"` } });
    expect(response.status).toBe(304);
    expect(response.headers.get("Vary")).toBe("Accept, User-Agent");
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=60, stale-while-revalidate=300, no-transform");
    expect(await response.text()).toBe("");
  });
});

describe("Accept", () => {
  const { oci, docker } = { oci: MEDIA_TYPES.oci.manifest, docker: MEDIA_TYPES.docker.manifest };
  const dockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

  test.each([
    ["nothing", [], "oci"],
    ["anything", ["*/*"], "oci"],
    ["OCI alone", [oci], "oci"],
    ["Docker alone", [docker], "docker"],
    ["Docker's types alone, over two lines", [dockerList, docker], "docker"],
    ["both over two lines, Docker's first", [docker, oci], "oci"],
    ["both on one line with weights", [`${docker};q=0.9, ${oci};q=0.1`], "oci"],
    ["Docker and anything", [docker, "*/*"], "oci"],
    ["OCI refused, over two lines", ["*/*", `${oci};q=0`], "docker"],
  ] as const)("of %s", async (_, lines, format) => {
    const image = await storeImage("accept");
    const headers = new Headers();
    for (const line of lines) headers.append("Accept", line);
    const response = await pull("/v2/accept/manifests/latest", { headers });
    expect(response.headers.get("Content-Type")).toBe(image[format].mediaType);
    expect(response.headers.get("Docker-Content-Digest")).toBe(image[format].digest);
    await response.arrayBuffer();
    expect(await originCalls("accept")).toHaveLength(0);
  });
});

describe("a cold tag", () => {
  test("is built by one signed call with the canonical request", async () => {
    const image = await makeImage("cold");
    await storeInR2(image);
    await scriptOrigin("bashinteractive/cold/coreutils/moreutils/nano", succeed(image));
    const response = await pull("/v2/arm64/shell/cold/cold/manifests/latest");
    expect(response.status).toBe(200);
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    expect(await response.text()).toBe(new TextDecoder().decode(image.oci.bytes));
    const [call, ...more] = await originCalls("bashinteractive/cold/coreutils/moreutils/nano");
    expect(more).toEqual([]);
    expect(call).toMatchObject({
      method: "POST",
      path: "/builds",
      contentType: "application/json",
      accept: "application/x-ndjson",
      signature: "valid",
    });
    expect(JSON.parse(call?.body ?? "")).toEqual({
      source: "starter",
      tag: "latest",
      architecture: "arm64",
      packages: ["bashinteractive", "cold", "coreutils", "moreutils", "nano"],
    });
  });

  test("of an image of the package set is built by a request for this image", async () => {
    const image = await makeImage("web");
    await storeInR2(image);
    await scriptOrigin("images/web", succeed(image));
    const response = await pull("/v2/images/web/manifests/latest");
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    await response.arrayBuffer();
    const [call] = await originCalls("images/web");
    expect(JSON.parse(call?.body ?? "")).toEqual({
      source: "starter",
      tag: "latest",
      architecture: "amd64",
      packages: [],
      image: "web",
    });
  });

  test("is for the default architecture unless its name says otherwise", async () => {
    const image = await makeImage("default-architecture");
    await storeInR2(image);
    await scriptOrigin("default-architecture", succeed(image));
    const { response } = callWorker(
      { PLATFORMS: "arm64", DEFAULT_ARCHITECTURE: "arm64" },
      "/v2/default-architecture/manifests/latest",
    );
    await (await response).arrayBuffer();
    const [call] = await originCalls("default-architecture");
    expect(JSON.parse(call?.body ?? "")).toMatchObject({ architecture: "arm64" });
  });

  test("answers with Docker's manifest if the client accepts no other", async () => {
    const image = await makeImage("cold-docker");
    await storeInR2(image);
    await scriptOrigin("cold-docker", succeed(image));
    const response = await pull("/v2/cold-docker/manifests/latest", {
      headers: { Accept: MEDIA_TYPES.docker.manifest },
    });
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.docker.digest);
    await response.arrayBuffer();
  });

  test("leaves writing to the origin", async () => {
    const image = await makeImage("cold-write");
    await storeInR2(image);
    await scriptOrigin("cold-write", succeed(image));
    const before = await storedKeys();
    const { response, context } = callWorker({}, "/v2/cold-write/manifests/latest");
    expect((await response).status).toBe(200);
    await waitOnExecutionContext(context);
    expect(await storedKeys()).toEqual(before);
  });

  test("is answered from R2, because KV may not show a new record for a minute", async () => {
    const image = await makeImage("cold-kv");
    await storeInR2(image);
    await scriptOrigin("cold-kv", succeed(image));
    const reads: string[] = [];
    const KV = new Proxy(env.KV, {
      get: () => async (key: string) => {
        reads.push(key);
        return null;
      },
    });
    const response = await callWorker({ KV }, "/v2/cold-kv/manifests/latest").response;
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    expect(reads).toEqual([await latestKey("cold-kv")]);
  });

  test("is 503 when the built manifest is not in R2", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue(undefined);
    const image = await makeImage("cold-lost");
    await scriptOrigin("cold-lost", succeed(image));
    const response = await pull("/v2/cold-lost/manifests/latest");
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("10");
    expect((await readError(response)).message).toContain("pull again");
    expect(log.mock.calls.join()).toContain(image.oci.digest);
  });
});

describe("a record that does not lead to a manifest is built anew", () => {
  const zero = `sha256:${"0".repeat(64)}`;

  test.each([
    ["not JSON", "not JSON"],
    ["null", "null"],
    ["a record without manifests", '{"revision":"1","resolvedAt":"2026-11-01T00:00:00Z"}'],
    ["a record with an invalid digest", `{"manifests":{"oci":"x","docker":"${zero}"},"revision":"","resolvedAt":""}`],
    [
      "a manifest that no store has",
      `{"manifests":{"oci":"${zero}","docker":"${zero}"},"revision":"","resolvedAt":""}`,
    ],
  ])("%s", async (title, record) => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const name = `broken-${title.replaceAll(" ", "-").toLowerCase()}`;
    const image = await makeImage(name);
    await storeInR2(image);
    await storeTag(name, record);
    await scriptOrigin(name, succeed(image));
    const response = await pull(`/v2/${name}/manifests/latest`);
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    await response.arrayBuffer();
    expect(await originCalls(name)).toHaveLength(1);
  });
});

test("while KV is down, the origin answers", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  const image = await makeImage("no-kv");
  await storeInR2(image);
  await scriptOrigin("no-kv", succeed(image));
  const response = await callWorker({ KV: failingKv() }, "/v2/no-kv/manifests/latest").response;
  expect(response.status).toBe(200);
  expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
  await response.arrayBuffer();
  expect(await originCalls("no-kv")).toHaveLength(1);
  expect(log.mock.calls.join()).toContain("KV is down");
});

describe("canonical names", () => {
  test.each(["one/spelling", "spelling/one", "one/spelling/one", "amd64/spelling/one"])(
    "%s is one image",
    async (name) => {
      const { oci } = await storeImage("one/spelling");
      const response = await pull(`/v2/${name}/manifests/latest`);
      expect(response.headers.get("Docker-Content-Digest")).toBe(oci.digest);
      await response.arrayBuffer();
      expect(await originCalls("one/spelling")).toHaveLength(0);
    },
  );

  test("a name may contain the words of endpoints", async () => {
    const { oci } = await storeImage("a/manifests/b/blobs");
    const response = await pull("/v2/a/manifests/b/blobs/manifests/latest");
    expect(response.headers.get("Docker-Content-Digest")).toBe(oci.digest);
    await response.arrayBuffer();
  });

  test("another package source is another image", async () => {
    const image = await makeImage("sourced");
    await storeInKv(image);
    await storeTag("sourced", tagRecord(image));
    await scriptOrigin("sourced", { status: 500, steps: [] });
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const response = await callWorker({ PACKAGE_SOURCE: "channel:x" }, "/v2/sourced/manifests/latest").response;
    expect(response.status).toBe(503);
    await response.arrayBuffer();
  });
});

test("the tag's key is the one that the origin writes", async () => {
  await storeImage("git/htop");
  const { keys } = await env.KV.list({ prefix: "tag/" });
  expect(keys.map(({ name }) => name)).toEqual([await latestKey("htop/git")]);
  const { oci } = await makeImage("git/htop");
  expect(await env.KV.get(manifestCacheKey(oci.digest))).not.toBeNull();
  expect(await env.R2.head(manifestKey(oci.digest))).not.toBeNull();
});

import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ImageContents } from "../../../protocol/image-contents.ts";
import { parseJson } from "../../../protocol/json-object.ts";
import { PACKAGES_LABEL } from "../../../protocol/package-label.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { contentsKey } from "../../../protocol/storage-keys.ts";
import type { ImageInfo } from "../../../protocol/web-api.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { storePackages } from "../access/users.ts";
import { readError, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeInR2, storeTag, tagRecord } from "../images.ts";
import { buildKeyOf, originCalls } from "../origin.ts";
import { failingR2 } from "../outages.ts";
import { ASSETS, BROWSER } from "./assets.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function get(path: string, headers: HeadersInit = {}, settings: Partial<Bindings> = {}): Promise<Response> {
  return startIsolate({ ASSETS, ...settings }).settle(path, { headers });
}

async function info(path: string): Promise<ImageInfo> {
  const response = await get(`/api/images/${path}`);
  expect(response.status).toBe(200);
  return response.json();
}

const LAYER = sha256Digest("1".repeat(64));
const ROOT = sha256Digest("2".repeat(64));
const CONTENTS: ImageContents = {
  packages: [{ attribute: "git", paths: [0] }],
  paths: [{ path: "/nix/store/0-git-2.39.5", narSize: 10, references: [] }],
  layers: [{ digest: LAYER, size: 12_345_678, description: "git-2.39.5 \u001b[2J", paths: [0] }],
};

describe("GET /api/images/<name>", () => {
  test("has everything that the stores have of an image", async () => {
    const image = await storePackages("git/htop", "git htop");
    await env.R2.put(contentsKey(image.oci.digest), JSON.stringify(CONTENTS));
    expect(await info("htop/git/htop")).toEqual({
      name: "git/htop",
      tag: "latest",
      architecture: "amd64",
      platforms: ["amd64"],
      buildKey: await buildKeyOf("git/htop"),
      built: {
        ...tagRecord(image),
        manifest: parseJson(new TextDecoder().decode(image.oci.bytes)),
        config: { config: { Labels: { [PACKAGES_LABEL]: "git htop" } } },
        contents: CONTENTS,
      },
    });
  });

  test.each<[path: string, name: string, tag: string]>([
    ["shell/cold", "shell/cold", "latest"],
    ["images/cold?tag=v1", "images/cold", "v1"],
    ["amd64/cold?tag=nixos-25.11", "cold", "nixos-25.11"],
    ["arm64/cold", "arm64/cold", "latest"],
  ])("%s is a cold image: told so, and not built", async (path, name, tag) => {
    // Without the key of a build: a made-up name must not get one.
    const architecture = name.startsWith("arm64/") ? "arm64" : "amd64";
    expect(await info(path)).toEqual({ name, tag, architecture, platforms: [architecture] });
    expect(await originCalls(name)).toEqual([]);
  });

  test("has no contents if the build recorded none, or if the record is broken", async () => {
    const image = await storePackages("git", "git");
    expect((await info("git")).built).not.toHaveProperty("contents");
    await env.R2.put(contentsKey(image.oci.digest), '{"paths":[]}');
    expect((await info("git")).built).not.toHaveProperty("contents");
  });

  test("has no built if the manifest is lost", async () => {
    const image = await makeImage("git");
    await storeTag("git", tagRecord(image));
    expect(await info("git")).not.toHaveProperty("built");
  });

  test.each<[path: string, status: number, code: string]>([
    ["", 400, "NAME_INVALID"],
    ["GIT", 400, "NAME_INVALID"],
    ["git//htop", 400, "NAME_INVALID"],
    ["git%2Fhtop", 400, "NAME_INVALID"],
    ["git/..%2f..", 400, "NAME_INVALID"],
    ["git:v1", 400, "NAME_INVALID"],
    ["git?tag=", 400, "TAG_INVALID"],
    ["git?tag=%3Cb%3E", 400, "TAG_INVALID"],
    ["git?tag=a..b", 404, "MANIFEST_UNKNOWN"],
    ["git?tag=sha256-0.sig", 404, "MANIFEST_UNKNOWN"],
  ])("%j is refused as in a pull", async (path, status, code) => {
    const response = await get(`/api/images/${path}`, {}, { R2: failingR2() });
    expect(response.status).toBe(status);
    expect((await readError(response)).code).toBe(code);
  });

  test("is 503 while the storage is down", async () => {
    await storePackages("git", "git");
    const response = await get("/api/images/git", {}, { R2: failingR2() });
    expect(response.status).toBe(503);
  });
});

describe("/images/<name>", () => {
  test("is text for a terminal", async () => {
    const image = await makeImage("git", {
      layers: [
        { digest: LAYER, size: 12_345_678 },
        { digest: ROOT, size: 999 },
      ],
    });
    await storeInR2(image);
    await storeTag("git", tagRecord(image));
    await env.R2.put(contentsKey(image.oci.digest), JSON.stringify(CONTENTS));
    const response = await get("/images/git");
    expect(response.headers.get("Content-Type")).toBe("text/plain; charset=UTF-8");
    expect(await response.text()).toBe(`image     git:latest
platform  linux/amd64
revision  0123abc
resolved  ${tagRecord(image).resolvedAt}
manifest  ${image.oci.digest}
layers    2, 12.3 MB compressed

   SIZE  DIGEST               CONTENTS
12.3 MB  sha256:111111111111  git-2.39.5 [2J
  999 B  sha256:222222222222
`);
  });

  test("says how to build an image, with the host name that the client knows", async () => {
    expect(await (await get("/images/htop/shell:v1")).text()).toBe(`image     htop/shell:v1
platform  linux/amd64

not built yet; this builds it:
  docker pull registry.test/htop/shell:v1
`);
  });

  test.each([
    ["/images/git", 200],
    ["/images/git:v1", 200],
    ["/images/images/web", 200],
    ["/images/", 400],
    ["/images/GIT", 400],
    ["/images/git:", 400],
    ["/images/git:a:b", 400],
    ["/images/git%3av1", 400],
    ["/images/git:a..b", 404],
  ])("%s is %i for terminals and browsers, which get the page", async (path, status) => {
    expect((await get(path)).status).toBe(status);
    const shown = await get(path, BROWSER);
    expect(shown.status).toBe(status);
    expect(await shown.text()).toContain("<title>image");
  });
});

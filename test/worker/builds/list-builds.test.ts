import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildAttestation } from "../../../image/referrers/build-attestation.ts";
import { statement } from "../../../image/referrers/statement.ts";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
import { blobKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { storeArtifact } from "../attached.ts";
import { readError, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeBlob, tagRecord } from "../images.ts";
import {
  BOTH,
  listKey,
  listOf,
  makeList,
  NO_ARM64,
  storeList,
  storeListInR2,
  storeText,
  TAKES_NO_LIST,
  type TestList,
} from "../lists.ts";
import { fail, originCalls, scriptOrigin, sendEvents, succeed } from "../origin.ts";

const NOWHERE = sha256Digest("0".repeat(64));
let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function pull(name: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return startIsolate(BOTH).settle(`/v2/${name}/manifests/latest`, { headers });
}

async function bodies(packages: string): Promise<unknown[]> {
  return (await originCalls(packages)).map(({ body }): unknown => JSON.parse(body));
}

test("a cold list is one call to the origin, for both platforms", async () => {
  const list = await makeList("cold-list");
  await storeListInR2(list);
  await scriptOrigin("cold-list", succeed(list));
  const answer = await pull("cold-list");
  expect(answer.headers.get("Docker-Content-Digest")).toBe(list.oci.digest);
  expect(await answer.bytes()).toEqual(list.oci.bytes);
  expect(await bodies("cold-list")).toEqual([
    { source: "starter", tag: "latest", architecture: "amd64+arm64", packages: ["cold-list"] },
  ]);
});

test("a client that takes no list has the default architecture built alone", async () => {
  const image = await makeImage("cold-image");
  await storeListInR2(await listOf({ amd64: image }));
  await scriptOrigin("cold-image", succeed(image));
  const answer = await pull("cold-image", TAKES_NO_LIST);
  expect(answer.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
  expect(await bodies("cold-image")).toMatchObject([{ architecture: "amd64" }]);
});

test("the answer of a build says what its list lacks", async () => {
  const list = await makeList("half", ["amd64"]);
  await storeListInR2(list);
  await scriptOrigin("half", sendEvents({ event: "image", ...tagRecord(list), leftOut: [NO_ARM64] }));
  const answer = await pull("half");
  expect([answer.status, answer.headers.get("Warning")]).toEqual([
    200,
    '299 - "there is no image for linux/arm64: no such package: git"',
  ]);
});

describe("no list stands for fewer platforms during an outage", () => {
  test("an outage of the origin is the answer, also if one image is known", async () => {
    await storeList("outage", await makeList("outage"));
    await env.KV.delete(await listKey("outage"));
    await scriptOrigin("outage", fail("UNAVAILABLE", "the disk is full"));
    const answer = await pull("outage");
    expect([answer.status, (await readError(answer)).message]).toEqual([503, "the disk is full"]);
    expect((await pull("outage", TAKES_NO_LIST)).status).toBe(200);
    expect((await pull("arm64/outage")).status).toBe(200);
  });

  test("a known list is served, however old it is", async () => {
    const list = await makeList("old-list");
    await storeList("old-list", list, { resolvedAt: new Date(0).toISOString() });
    await scriptOrigin("old-list", fail("UNAVAILABLE", "the origin stops"));
    const answer = await pull("old-list");
    expect(answer.headers.get("Docker-Content-Digest")).toBe(list.oci.digest);
    expect(answer.headers.get("Warning")).toContain("latest was last looked up at 1970-01-01");
    expect(await bodies("old-list")).toMatchObject([{ architecture: "amd64+arm64" }]);
  });
});

test("the build of a list has the name of the list", async () => {
  const list = await makeList("titled");
  await storeListInR2(list);
  await scriptOrigin("titled", succeed(list));
  const isolate = startIsolate(BOTH);
  const order = { method: "POST", headers: { "Content-Type": "application/json" } };
  const body = JSON.stringify({ name: "titled", tag: "latest" });
  const { key } = await (await isolate.settle("/api/builds", { ...order, body })).json<{ key: string }>();
  await isolate.settle("/v2/titled/manifests/latest");
  const text = await (await isolate.settle(`/builds/${key}`)).text();
  expect(text).toContain("titled:latest");
  expect(text).toContain(`built: ${list.oci.digest}`);
  expect(await bodies("titled")).toHaveLength(1);
});

describe("a list that an origin announces is not served if R2 lacks", () => {
  async function expectRefused(name: string, list: TestList, missing: Digest, problem = "is not in R2"): Promise<void> {
    await scriptOrigin(name, succeed(list));
    const answer = await pull(name);
    expect([answer.status, (await readError(answer)).message]).toEqual([
      503,
      "the image was built, but a part of it is not stored; pull again",
    ]);
    expect(log.mock.calls.join()).toContain(`the origin announced ${missing}, which ${problem}`);
  }

  test.each(["oci", "docker"] as const)("the list itself (%s)", async (format) => {
    const list = await makeList(`no-${format}-list`);
    await storeListInR2(list);
    await env.R2.delete(manifestKey(list[format].digest));
    await expectRefused(`no-${format}-list`, list, list[format].digest);
  });

  test.each([
    ["amd64", "oci"],
    ["arm64", "oci"],
    ["amd64", "docker"],
    ["arm64", "docker"],
  ] as const)("the manifest of one of its images (%s, %s)", async (architecture, format) => {
    const name = `no-${architecture}-${format}`;
    const list = await makeList(name);
    await storeListInR2(list);
    const missing = list.images[architecture]?.[format].digest ?? NOWHERE;
    await env.R2.delete(manifestKey(missing));
    await expectRefused(name, list, missing);
  });

  test("a layer of one of its images", async () => {
    const amd64 = await makeImage("whole");
    const arm64 = await makeImage("not whole", { layers: [{ digest: NOWHERE, size: 1 }] });
    const list = await listOf({ amd64, arm64 });
    await storeListInR2(list);
    await expectRefused("no-layer-in-list", list, NOWHERE);
  });

  test("an attestation, or a statement of it", async () => {
    const images = { amd64: await makeImage("attested") };
    const made = await statement({ subjects: [images.amd64.oci], predicateType: "t", predicate: {} });
    const attestation = await buildAttestation(images.amd64.oci.digest, [made]);
    const list = await listOf(images, [attestation]);
    await storeListInR2(list);
    await expectRefused("no-attestation", list, attestation.manifest.digest);
    await storeArtifact(attestation);
    await env.R2.delete(blobKey(made.digest));
    await expectRefused("no-statement", list, made.digest);
    await storeArtifact(attestation);
    await scriptOrigin("whole-list", succeed(list));
    expect((await pull("whole-list")).status).toBe(200);
  });

  test("a list that can be read: it names nothing for Linux", async () => {
    const blob = await storeBlob(new Uint8Array(1));
    const list = await makeList("unreadable");
    const text = JSON.stringify({ mediaType: list.oci.mediaType, manifests: [{ digest: blob, size: 1 }] });
    await storeListInR2(list);
    const broken = await storeText(text, list.oci.mediaType);
    await expectRefused("unreadable", { ...list, oci: broken }, broken.digest, "is not a complete list of images");
  });
});

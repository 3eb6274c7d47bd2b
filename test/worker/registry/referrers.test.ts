import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import { storeList } from "../attached.ts";
import { callWorker, pull, readError } from "../client.ts";
import { failingR2 } from "../outages.ts";

const SUBJECT = sha256Digest("ab".repeat(32));
const INDEX = "application/vnd.oci.image.index.v1+json";
const SIGNATURE = {
  mediaType: "m",
  digest: SUBJECT,
  size: 1,
  artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
};
const SBOM = { mediaType: "m", digest: SUBJECT, size: 2, artifactType: "application/spdx+json" };

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function store(manifests: unknown): Promise<void> {
  await storeList(SUBJECT, JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
}

function ask(query = ""): Promise<Response> {
  return pull(`/v2/git/referrers/${SUBJECT}${query}`);
}

describe("nothing refers to a digest", () => {
  test.each(["", "?artifactType=application/spdx%2Bjson"])("%s: an empty index, never 404", async (query) => {
    const response = await ask(query);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(INDEX);
    expect(response.headers.get("OCI-Filters-Applied")).toBe(query === "" ? null : "artifactType");
    expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
  });
});

test("the manifests that refer to a digest are listed", async () => {
  await store([SIGNATURE, SBOM]);
  const response = await ask();
  expect(response.headers.has("OCI-Filters-Applied")).toBe(false);
  expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: INDEX, manifests: [SIGNATURE, SBOM] });
});

test("the list is narrowed to an artifact type", async () => {
  await store([SIGNATURE, SBOM]);
  const response = await ask(`?artifactType=${encodeURIComponent(SBOM.artifactType)}`);
  expect(response.headers.get("OCI-Filters-Applied")).toBe("artifactType");
  expect(await response.json()).toMatchObject({ manifests: [SBOM] });
});

test.each([
  "not JSON",
  "[]",
  '{"manifests":{}}',
  JSON.stringify({ manifests: [SBOM] }),
  JSON.stringify({ mediaType: INDEX, manifests: [SBOM, "no descriptor"] }),
  JSON.stringify({ mediaType: INDEX, manifests: [SBOM, { ...SBOM, artifactType: 1 }] }),
])("%s in place of the list counts as an empty list, and is logged", async (text) => {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  await storeList(SUBJECT, text);
  const response = await ask();
  expect(await response.json()).toMatchObject({ manifests: [] });
  expect(log.mock.calls.join()).toContain(SUBJECT);
});

test.each(["latest", "sha256:0", `sha512:${"0".repeat(64)}`])("%s is no digest", async (reference) => {
  const response = await callWorker({ R2: failingR2() }, `/v2/git/referrers/${reference}`).response;
  expect(response.status).toBe(400);
  expect((await readError(response)).code).toBe("DIGEST_INVALID");
});

test("while R2 is down, the list is 503", async () => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  const response = await callWorker({ R2: failingR2() }, `/v2/git/referrers/${SUBJECT}`).response;
  expect(response.status).toBe(503);
  await response.arrayBuffer();
});

import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { artifact } from "../../../image/referrers/artifact.ts";
import { jsonContent } from "../../../image/referrers/json-content.ts";
import { referrersIndex } from "../../../image/referrers/referrers-index.ts";
import { statement, statementArtifact } from "../../../image/referrers/statement.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { attachedKey, blobKey, manifestKey } from "../../../protocol/storage-keys.ts";
import { documentPath, type ImageDocument } from "../../../protocol/web-api.ts";
import { ABSENT_IMAGE } from "../../image/signatures/signed-image.ts";
import { basic, restricted } from "../access/users.ts";
import {
  type Attached,
  CYCLONEDX,
  describeImage,
  newSigner,
  provenanceOf,
  SPDX,
  storeArtifact,
  storeAttached,
  storeList,
} from "../attached.ts";
import { pull, readError, readText, startIsolate } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";

const { digest: IMAGE } = ABSENT_IMAGE;
const SPDX_PATH = documentPath(IMAGE, "spdx");

let attached: Attached;

beforeEach(async () => {
  spyOnLog();
  attached = await describeImage(ABSENT_IMAGE, await newSigner());
  await storeAttached(ABSENT_IMAGE, attached);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const provenance = async () => (await provenanceOf(ABSENT_IMAGE)).json;

describe("a document about an image", () => {
  test.each<[kind: ImageDocument, type: string, file: string, text: () => Promise<string>]>([
    ["spdx", "application/spdx+json", "sbom.spdx.json", async () => SPDX],
    ["cyclonedx", "application/vnd.cyclonedx+json", "sbom.cdx.json", async () => CYCLONEDX],
    ["provenance", "application/vnd.in-toto+json", "provenance.json", provenance],
  ])("%s is a download, which no browser shows", async (kind, type, file, text) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await startIsolate().settle(documentPath(IMAGE, kind), { method });
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toBe(type);
      expect(response.headers.get("Content-Length")).toBe(String((await text()).length));
      expect(response.headers.get("Content-Disposition")).toBe(`attachment; filename="${file}"`);
      expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(await response.text()).toBe(method === "GET" ? await text() : "");
    }
  });

  test("provenance is found beside statements of other types", async () => {
    const other = await statement({ subjects: [{ digest: IMAGE }], predicateType: "a", predicate: {} });
    const made = await statementArtifact(ABSENT_IMAGE, other);
    await storeArtifact(made);
    const entries = [made, ...attached.referrers].map(({ entry }) => entry);
    await storeList(IMAGE, (await referrersIndex(entries)).json);
    expect(await readText(await pull(documentPath(IMAGE, "provenance")))).toBe(await provenance());
  });

  test("is for users alone, if the registry has users", async () => {
    const settings = restricted("token", "git");
    expect((await startIsolate(settings).settle(SPDX_PATH)).status).toBe(401);
    const headers = { Authorization: basic("alice", "wonderland") };
    expect((await startIsolate(settings).settle(SPDX_PATH, { headers })).status).toBe(200);
  });
});

async function expectUnknown(path: string): Promise<void> {
  const response = await startIsolate().settle(path);
  expect(response.status).toBe(404);
  const message = "this registry has no such document about an image";
  expect(await readError(response)).toEqual({ code: "NAME_UNKNOWN", message });
}

describe("there is no document", () => {
  test.each([
    documentPath(sha256Digest("0".repeat(64)), "spdx"),
    `/api/documents/${IMAGE}`,
    `/api/documents/${IMAGE}/`,
    `/api/documents/${IMAGE}/sbom`,
    `/api/documents/${IMAGE}/constructor`,
    `${SPDX_PATH}/more`,
    "/api/documents/sha256:0/spdx",
    `/api/documents/sha512:${"0".repeat(128)}/spdx`,
  ])("at %s", expectUnknown);

  test.each([
    ["the list", () => attachedKey(IMAGE)],
    ["its manifest", () => manifestKey(spdx().manifest.digest)],
    ["its blob", () => blobKey(spdx().blobs[1]?.digest ?? IMAGE)],
  ])("if %s is missing", async (_, key) => {
    await env.R2.delete(key());
    await expectUnknown(SPDX_PATH);
    const head = await startIsolate().settle(SPDX_PATH, { method: "HEAD" });
    expect(head.status).toBe(404);
  });

  test.each([
    ["the list", () => attachedKey(IMAGE)],
    ["its manifest", () => manifestKey(spdx().manifest.digest)],
  ])("if %s is damaged", async (_, key) => {
    await env.R2.put(key(), "{");
    await expectUnknown(SPDX_PATH);
  });

  test("if the artifact is about another image", async () => {
    const other = { ...ABSENT_IMAGE, digest: sha256Digest("cd".repeat(32)) };
    const bill = await jsonContent("application/spdx+json", SPDX);
    const made = await artifact({ subject: other, artifactType: bill.mediaType, layers: [bill] });
    await storeArtifact(made);
    await storeList(IMAGE, (await referrersIndex([made.entry])).json);
    await expectUnknown(SPDX_PATH);
  });
});

test("wrong bytes of a document do not arrive whole", async () => {
  await env.R2.put(blobKey(spdx().blobs[1]?.digest ?? IMAGE), SPDX.replace("2.3", "6.6"));
  await expect(startIsolate().settle(SPDX_PATH)).rejects.toThrow();
});

function spdx() {
  const found = attached.referrers.find(({ entry }) => entry.artifactType === "application/spdx+json");
  if (!found) throw new Error("the image has no SPDX document");
  return found;
}

import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ALL_ARCHITECTURES, ARCHITECTURES, type ListRequest } from "../../../protocol/image-request.ts";
import { manifestKey, storedTagKey } from "../../../protocol/storage-keys.ts";
import { parseTagRecord } from "../../../protocol/tag-record.ts";
import { parseImageList } from "../../../protocol/image-list.ts";
import { assembleAtEdge, type EdgeImage } from "../../../worker/assembly/assemble-at-edge.ts";
import { matching } from "../../matchers.ts";
import { imageRequest } from "../origin.ts";
import { bundleOf, edgeSettings, knowPackages, storeBundle } from "./known-packages.ts";

// Lists of both platforms' images, put together without an origin.

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function listRequest(packages: string): ListRequest {
  return { ...imageRequest(packages), architecture: ALL_ARCHITECTURES };
}

async function assembled(packages: string): Promise<EdgeImage> {
  const made = await assembleAtEdge(edgeSettings(), listRequest(packages), "always");
  if (!("record" in made)) throw new Error(made.needsOrigin);
  return made;
}

async function textAt(key: string): Promise<string> {
  return (await (await env.R2.get(key))?.text()) ?? "";
}

describe("a list of known packages", () => {
  test("has an image for each platform, and a description of each", async () => {
    await knowPackages(["git", "htop"], { bills: {} });
    const { manifests, record } = await assembled("git/htop");
    const index: unknown = JSON.parse(await textAt(manifestKey(record.manifests.oci)));
    expect(index).toMatchObject({
      manifests: [
        ...ARCHITECTURES.map((architecture) => ({ platform: { os: "linux", architecture } })),
        ...ARCHITECTURES.map(() => ({ platform: { architecture: "unknown" } })),
      ],
    });
    expect(new TextDecoder().decode(manifests.oci.bytes)).toBe(JSON.stringify(index));
    const listed = parseImageList(await textAt(manifestKey(record.manifests.docker)));
    expect(listed).not.toBeNull();
  });

  test("leads to nothing that R2 lacks", async () => {
    await knowPackages(["git"], { bills: {} });
    const { record } = await assembled("git");
    for (const list of Object.values(record.manifests))
      for (const [, hex] of (await textAt(manifestKey(list))).matchAll(/"digest":"sha256:([0-9a-f]{64})"/g)) {
        const manifest = await textAt(`manifests/sha256/${hex}`);
        expect(manifest).not.toBe("");
        for (const [, blob] of manifest.matchAll(/"digest":"sha256:([0-9a-f]{64})"/g))
          expect(await env.R2.head(`blobs/sha256/${blob}`)).not.toBeNull();
      }
  });

  test("is found under its tag, and so are its images", async () => {
    await knowPackages(["git"], { bills: {} });
    const { publish, record } = await assembled("git");
    await publish();
    expect(parseTagRecord(JSON.parse(await textAt(await storedTagKey(listRequest("git")))))).toEqual(record);
    for (const architecture of ARCHITECTURES) {
      const tag = parseTagRecord(
        JSON.parse(await textAt(await storedTagKey({ ...imageRequest("git"), architecture }))),
      );
      expect(tag).toMatchObject({ revision: record.revision, manifests: { oci: matching(/^sha256:/) } });
    }
  });

  test("says what the package set tells of a path, whichever bundle knows it", async () => {
    await knowPackages(["git"], { bills: { packageSet: "nixpkgs", distribution: { id: "debian", version: "13" } } });
    const { record } = await assembled("git");
    const index = await textAt(manifestKey(record.manifests.oci));
    const [, attestation = ""] =
      /"digest":"sha256:([0-9a-f]{64})"[^{]*\{"vnd.docker.reference.digest"/.exec(index) ?? [];
    const [, spdx = ""] =
      /"layers":\[\{[^}]*?"digest":"sha256:([0-9a-f]{64})"/.exec(await textAt(`manifests/sha256/${attestation}`)) ?? [];
    expect(await textAt(`blobs/sha256/${spdx}`)).toContain('"spdxVersion":"SPDX-2.3"');
  });
});

describe("a list goes to the origin", () => {
  async function refusal(packages: string): Promise<string> {
    const made = await assembleAtEdge(edgeSettings(), listRequest(packages), "always");
    return "needsOrigin" in made ? made.needsOrigin : "";
  }

  test("if the origin has not said how it describes images", async () => {
    await knowPackages(["git"]);
    expect(await refusal("git")).toBe("the origin has not said how it describes images");
  });

  test("if nobody has described a store path", async () => {
    await knowPackages(["git"], { bills: {} });
    await storeBundle("git", { ...(await bundleOf("git")), facts: new Map() });
    expect(await refusal("git")).toMatch(/^nobody has described \/nix\/store\//);
  });
});

import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { pull, readError } from "./client.ts";
import { storeImage, storeInR2 } from "./images.ts";
import { fail, originCalls, scriptOrigin, succeed } from "./origin.ts";

afterEach(() => reset());

describe("tags other than latest", () => {
  test.each(["1.2", "nixos-25.11", "Latest", "0".repeat(40)])("the origin resolves %s", async (tag) => {
    const image = await storeImage("other-tag");
    await storeInR2(image);
    await scriptOrigin("other-tag", succeed(image));
    const before = (await originCalls("other-tag")).length;
    const response = await pull(`/v2/other-tag/manifests/${tag}`);
    expect(response.headers.get("Docker-Content-Digest")).toBe(image.oci.digest);
    await response.arrayBuffer();
    const [call, ...more] = (await originCalls("other-tag")).slice(before);
    expect(more).toEqual([]);
    expect(JSON.parse(call?.body ?? "")).toMatchObject({ tag, packages: ["other-tag"] });
  });

  test("a missing one is 404 with the origin's message", async () => {
    const message = "no such tag: v9; the package source has no branch or tag with this name";
    await scriptOrigin("no-such-tag", fail("MANIFEST_UNKNOWN", message));
    const response = await pull("/v2/no-such-tag/manifests/v9");
    expect(response.status).toBe(404);
    expect(await readError(response)).toEqual({ code: "MANIFEST_UNKNOWN", message });
  });

  test.each(["sha256-", `sha256-${"0".repeat(64)}`, `sha256-${"0".repeat(64)}.sig`])(
    "%s is 404 at once, for every client",
    async (tag) => {
      for (const agent of ["cosign/v2.5.0", "containerd/2.1.4", "buildkit/v0.24"]) {
        const response = await pull(`/v2/signed/manifests/${tag}`, { headers: { "User-Agent": agent } });
        expect(response.status).toBe(404);
        expect((await readError(response)).code).toBe("MANIFEST_UNKNOWN");
      }
      expect(await originCalls("signed")).toHaveLength(0);
    },
  );

  test.each(["a..b", "v1.", "main.lock"])("%s is 404 at once, because no source can have it", async (tag) => {
    for (const [agent, status] of [
      ["skopeo/1.18.0", 404],
      ["containerd/2.1.4", 403],
    ] as const) {
      const response = await pull(`/v2/impossible/manifests/${tag}`, { headers: { "User-Agent": agent } });
      expect(response.status).toBe(status);
      expect((await readError(response)).message).toBe(`no such tag: ${tag}`);
    }
    expect(await originCalls("impossible")).toHaveLength(0);
  });
});

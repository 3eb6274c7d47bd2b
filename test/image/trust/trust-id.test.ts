import { expect, test } from "vitest";
import { imageManifests } from "../../../image/description/manifest.ts";
import { trustId } from "../../../image/trust/trust-id.ts";
import { sha256Digest } from "../../../protocol/digest.ts";

const CONFIG = { digest: sha256Digest("c".repeat(64)), size: 2 };
const layer = (digit: string) => ({ digest: sha256Digest(digit.repeat(64)), size: 1 });

async function idsOf(digit: string) {
  const manifests = await imageManifests(CONFIG, { layers: [layer(digit)], compression: "gzip" });
  const { oci, docker } = manifests;
  return [await trustId(oci.digest, oci.json), await trustId(docker.digest, docker.json)];
}

test("both manifests of an image have one id", async () => {
  const [oci, docker] = await idsOf("a");
  expect(docker).toBe(oci);
});

test("an image with the same config and layers of another compression has another id", async () => {
  expect((await idsOf("a"))[0]).not.toBe((await idsOf("b"))[0]);
});

test("a list has its own digest as id", async () => {
  expect(await trustId(layer("d").digest, '{"manifests":[]}')).toBe("d".repeat(64));
});

import { describe, expect } from "vitest";
import type { TrustOutcome } from "../../../origin/trust/image-trust.ts";
import { listAt, memberAt, objectOf, textAt } from "../../json.ts";
import { matching } from "../../matchers.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";
import { documentsOf, documentTexts, verifiedTypes } from "../trust/read-attached.ts";
import { KEY } from "../trust/trusted-images.ts";
import { originWithoutNix, PATHS, test } from "./cached-images.ts";
import type { Digest } from "../../../protocol/digest.ts";

function trusting() {
  const outcomes: TrustOutcome[] = [];
  const failures: unknown[] = [];
  const trust = {
    keys: [KEY],
    registryUrl: "https://registry.example",
    onOutcome: (outcome: TrustOutcome) => void outcomes.push(outcome),
    onFailure: (_: string, error: unknown) => void failures.push(error),
  } as const;
  return { trust, outcomes, failures };
}

/** The predicate of the provenance. */
async function provenanceOf(store: MemoryStore, image: Digest): Promise<unknown> {
  const [, , provenance = ""] = await documentTexts(store, image);
  return memberAt(objectOf(provenance), "predicate");
}

describe("an image whose paths come from a binary cache", () => {
  test("is signed when its build ends", async ({ directory, cache }) => {
    const store = createMemoryStore();
    const { trust, outcomes, failures } = trusting();
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), store, trust });
    const { digest } = await origin.build("bash", "hello");
    expect({ outcomes, failures }).toEqual({ outcomes: ["signed"], failures: [] });
    expect(await verifiedTypes(store, digest, KEY.publicKey)).toMatchObject({ signatures: 1 });
  });

  test.for([
    ["of the origin that asked the cache", false],
    ["of another origin, which knows the closure from a record", true],
  ] as const)("names the cache and its key in the provenance %s", async ([, isOther], { directory, cache }) => {
    const store = createMemoryStore();
    const settings = cache.settings("ok");
    const { trust } = trusting();
    if (isOther) {
      await using first = await originWithoutNix(directory, { settings, store });
      await Promise.all([first.build("bash"), first.build("hello")]);
    }
    await using origin = await originWithoutNix(directory, { settings, store, trust });
    const { digest } = await origin.build("bash", "hello");
    const dependencies = listAt(await provenanceOf(store, digest), "buildDefinition", "resolvedDependencies").slice(1);
    expect(dependencies).toHaveLength(PATHS.length);
    for (const dependency of dependencies)
      expect(dependency).toMatchObject({
        digest: { sha256: matching(/^[0-9a-f]{64}$/) },
        downloadLocation: matching(/^http:\/\/127\.0\.0\.1:\d+\/cache\/ok/),
        annotations: { key: "stand-in-1" },
      });
  });

  test("has the versions of the builder, and the settings that shape it", async ({ directory, cache }) => {
    const store = createMemoryStore();
    const { trust } = trusting();
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), store, trust });
    const { digest } = await origin.build("hello");
    const predicate = await provenanceOf(store, digest);
    expect(memberAt(predicate, "runDetails", "builder")).toEqual({
      id: "https://registry.example",
      version: { cornice: matching(/^\d+\.\d+\.\d+$/) },
    });
    expect(textAt(predicate, "buildDefinition", "buildType")).toBe("https://registry.example/docs/provenance#v1");
    expect(memberAt(predicate, "buildDefinition", "externalParameters")).toMatchObject({
      source: "test",
      revision: "r1",
      names: ["hello"],
      tag: "latest",
    });
  });
});

test("two origins with stores of their own write equal bills and provenances", async ({ directory, cache }) => {
  const documents = async () => {
    const store = createMemoryStore();
    const { trust } = trusting();
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), store, trust });
    const { digest } = await origin.build("bash", "hello");
    return documentsOf(store, digest);
  };
  expect(await documents()).toEqual(await documents());
});

test("an image that was built without trust is signed at the next look-up, with the same documents", async ({
  directory,
  cache,
}) => {
  const settings = cache.settings("ok");
  const built = createMemoryStore();
  const known = createMemoryStore();
  const { trust, outcomes } = trusting();
  let digest: Digest;
  {
    await using origin = await originWithoutNix(directory, { settings, store: built, trust });
    ({ digest } = await origin.build("bash", "hello"));
  }
  {
    await using origin = await originWithoutNix(directory, { settings, store: known });
    await origin.build("bash", "hello");
  }
  {
    await using origin = await originWithoutNix(directory, { settings, store: known, trust });
    await origin.build("bash", "hello");
    await origin.trusted();
  }
  expect(outcomes).toEqual(["signed", "signed"]);
  expect(await documentsOf(known, digest)).toEqual(await documentsOf(built, digest));
});

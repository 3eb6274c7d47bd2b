import { describe, expect, test } from "vitest";
import * as keys from "../../../protocol/storage-keys.ts";
import { bytesAt, filled, messages, overwrite } from "./checked-stores.ts";
import { HASH } from "./small-registry.ts";

describe("beside builds and collections", () => {
  test("an object that vanishes meanwhile is no finding", async () => {
    const stores = await filled();
    const key = keys.imageKey(HASH);
    await overwrite(stores.store, key, Buffer.from("{"));
    const readVersion = async (asked: string, maxBytes: number) => {
      const object = await stores.store.readVersion(asked, maxBytes);
      if (asked === key) await stores.store.remove([key]);
      return object;
    };
    expect(await messages({ ...stores, store: { ...stores.store, readVersion } })).toEqual([]);
  });

  test("a blob that arrives meanwhile is no finding", async () => {
    const stores = await filled();
    const key = keys.blobKey(stores.registry.layers[0].digest);
    const bytes = bytesAt(stores, key);
    await stores.store.remove([key]);
    const head = async (asked: string) => {
      const found = await stores.store.head(asked);
      if (asked === key && !found) await stores.store.put(key, { kind: "bytes", bytes }, { contentType: "a/b" });
      return found;
    };
    expect(await messages({ ...stores, store: { ...stores.store, head } })).toEqual([]);
  });
});

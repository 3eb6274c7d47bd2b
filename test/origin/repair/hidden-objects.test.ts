import { expect, test } from "vitest";
import { hidingStore } from "../../../origin/repair/hidden-objects.ts";
import { readText } from "../../../origin/stores/object-store.ts";
import { createMemoryStore } from "../stores/memory-store.ts";

test("a hidden object is missing for a builder until it is put again, and stays for others", async () => {
  const store = createMemoryStore();
  const put = (text: string) =>
    store.put("a", { kind: "bytes", bytes: Buffer.from(text) }, { contentType: "text/plain" });
  await put("damaged");
  const hiding = hidingStore(store);
  hiding.hide(["a"]);
  expect([await hiding.head("a"), await hiding.open("a"), await hiding.readVersion("a", 100)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await readText(store, "a", 100)).toBe("damaged");
  await hiding.put("a", { kind: "bytes", bytes: Buffer.from("whole") }, { contentType: "text/plain" });
  expect(await readText(hiding, "a", 100)).toBe("whole");
});

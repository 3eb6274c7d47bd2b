import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { readStores, writeStores } from "../../../start/local-edge/stores-file.ts";
import { rejection, test } from "../../origin/fixtures.ts";

const STORES = {
  port: 5000,
  bucket: "cornice",
  accessKeyId: "id",
  secretAccessKey: "key",
  namespaceId: "0",
  apiToken: "token",
};

test("a written file can be read again, but only by its owner", async ({ directory }) => {
  const file = join(directory, "stores.json");
  await writeStores(file, STORES);
  expect(await readStores(file)).toEqual(STORES);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

describe("an incomplete file is refused", () => {
  test.for(["", "[]", "{}", JSON.stringify({ ...STORES, port: "5000" }), JSON.stringify({ ...STORES, apiToken: 1 })])(
    "%s",
    async (text, { directory }) => {
      const file = join(directory, "stores.json");
      await writeFile(file, text);
      expect(await rejection(readStores(file))).toMatchObject({
        message: `${file} does not say where the stores are`,
      });
    },
  );
});

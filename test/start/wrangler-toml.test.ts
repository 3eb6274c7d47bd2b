import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { readWranglerToml } from "../../start/wrangler-toml.ts";
import { removeFolder } from "../remove-folder.ts";

const OWN = join(import.meta.dirname, "../../wrangler.toml");
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-wrangler-toml-"));
});

afterAll(() => removeFolder(directory));

it("our own configuration is read as wrangler reads it", async () => {
  expect(await readWranglerToml(OWN)).toEqual(readRawConfig({ config: OWN }).rawConfig);
});

it.each([
  ["no bucket", '[[kv_namespaces]]\nid = "1"'],
  ["a namespace without an id", '[[r2_buckets]]\nbucket_name = "b"\n[[kv_namespaces]]\nbinding = "KV"'],
  ["variables that are no table", 'vars = 1\n[[r2_buckets]]\nbucket_name = "b"\n[[kv_namespaces]]\nid = "1"'],
])("a file with %s is refused", async (_, text) => {
  const file = join(directory, "wrangler.toml");
  await writeFile(file, text);
  await expect(readWranglerToml(file)).rejects.toThrow(`${file} has no buckets and namespaces, or another form`);
});

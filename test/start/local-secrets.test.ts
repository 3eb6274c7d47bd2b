import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { localSecrets } from "../../start/local-secrets.ts";
import { matching } from "../matchers.ts";
import { rejection, test } from "../origin/fixtures.ts";

test("secrets are random and long enough for the origin", async ({ directory }) => {
  expect(await localSecrets(directory)).toEqual({
    originSecret: matching(/^[0-9a-f]{64}$/),
    accessKeyId: "cornice",
    secretAccessKey: matching(/^[0-9a-f]{64}$/),
    kvToken: matching(/^[0-9a-f]{64}$/),
  });
});

test("secrets stay the same at the next start", async ({ directory }) => {
  expect(await localSecrets(directory)).toEqual(await localSecrets(directory));
});

test("all secrets differ", async ({ directory }) => {
  const { originSecret, secretAccessKey, kvToken } = await localSecrets(directory);
  expect(new Set([originSecret, secretAccessKey, kvToken]).size).toBe(3);
});

test("an old file without a token for KV keeps its secrets, and gets a token", async ({ directory }) => {
  const old = { originSecret: "a", accessKeyId: "b", secretAccessKey: "c" };
  await writeFile(join(directory, "secrets.json"), JSON.stringify(old));
  const secrets = await localSecrets(directory);
  expect(secrets).toEqual({ ...old, kvToken: matching(/^[0-9a-f]{64}$/) });
  expect(await localSecrets(directory)).toEqual(secrets);
});

test("only the owner can read them", async ({ directory }) => {
  await localSecrets(directory);
  expect((await stat(join(directory, "secrets.json"))).mode & 0o777).toBe(0o600);
});

test("no other file is left behind", async ({ directory }) => {
  await localSecrets(directory);
  expect(await readdir(directory)).toEqual(["secrets.json"]);
});

describe("a damaged file is replaced", () => {
  test.for(["", "{", "null", "[]", "{}", '{"originSecret":"a","accessKeyId":"b"}', '{"originSecret":1}'])(
    "%j",
    async (text, { directory }) => {
      const file = join(directory, "secrets.json");
      await writeFile(file, text);
      const secrets = await localSecrets(directory);
      expect(secrets.originSecret).toHaveLength(64);
      expect(JSON.parse(await readFile(file, "utf8"))).toEqual(secrets);
    },
  );
});

test("without the directory, they cannot be made", async ({ directory }) => {
  expect(await rejection(localSecrets(join(directory, "gone")))).toMatchObject({ code: "ENOENT" });
});

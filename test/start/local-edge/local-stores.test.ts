import { expect, test } from "vitest";
import { namespacePath, storesEnvironment } from "../../../start/local-edge/local-stores.ts";

test("the stores are the origin's settings", () => {
  const stores = {
    port: 5000,
    bucket: "cornice",
    accessKeyId: "id",
    secretAccessKey: "key",
    namespaceId: "0",
    apiToken: "token",
  };
  expect(storesEnvironment(stores)).toEqual({
    R2_ENDPOINT: "http://127.0.0.1:5000/cdn-cgi/local/r2/s3",
    R2_BUCKET: "cornice",
    R2_ACCESS_KEY_ID: "id",
    R2_SECRET_ACCESS_KEY: "key",
    KV_API_URL: "http://127.0.0.1:5000/kv",
    KV_NAMESPACE_ID: "0",
    KV_API_TOKEN: "token",
  });
});

test("a namespace's calls have the path that Cloudflare's have", () => {
  expect(namespacePath("0")).toBe("/kv/storage/kv/namespaces/0/");
});

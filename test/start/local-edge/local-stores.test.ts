import { expect, test } from "vitest";
import { namespacePath, storesEnvironment } from "../../../start/local-edge/local-stores.ts";

test("the stores give the origin its settings", () => {
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

test("calls to a namespace have the same path as at Cloudflare", () => {
  expect(namespacePath("0")).toBe("/kv/storage/kv/namespaces/0/");
});

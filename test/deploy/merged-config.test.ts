import { describe, expect, it } from "vitest";
import { mergeConfig } from "../../deploy/merged-config.ts";

const BASE = {
  name: "cornice",
  vars: { ORIGIN_URL: "http://127.0.0.1:8788", AUTH: "none" },
  kv_namespaces: [{ binding: "KV", id: "0" }],
  durable_objects: { bindings: [{ name: "BUILDS", class_name: "BuildCoordinator" }] },
  ratelimits: [
    { name: "PULL_LIMIT", namespace_id: "1", simple: { limit: 6000, period: 60 } },
    { name: "BUILD_LIMIT", namespace_id: "2", simple: { limit: 30, period: 60 } },
  ],
  analytics_engine_datasets: [{ binding: "ANALYTICS", dataset: "requests" }],
  triggers: { crons: ["*/15 * * * *"] },
};

describe("the operator's own settings", () => {
  it("change single values, and leave the others", () => {
    expect(mergeConfig(BASE, { name: "ours", vars: { AUTH: "token" } })).toEqual({
      ...BASE,
      name: "ours",
      vars: { ORIGIN_URL: "http://127.0.0.1:8788", AUTH: "token" },
    });
  });

  it("change the entry of a list that has the same name", () => {
    const own = {
      kv_namespaces: [{ binding: "KV", id: "1" }],
      ratelimits: [{ name: "BUILD_LIMIT", simple: { limit: 5 } }],
    };
    expect(mergeConfig(BASE, own)).toEqual({
      ...BASE,
      kv_namespaces: [{ binding: "KV", id: "1" }],
      ratelimits: [BASE.ratelimits[0], { name: "BUILD_LIMIT", namespace_id: "2", simple: { limit: 5, period: 60 } }],
    });
  });

  it("add an entry with another name", () => {
    const certificate = { binding: "ORIGIN_CERT", certificate_id: "1" };
    const object = { name: "ORIGIN_CONTAINERS", class_name: "OriginContainer" };
    expect(mergeConfig(BASE, { mtls_certificates: [certificate], durable_objects: { bindings: [object] } })).toEqual({
      ...BASE,
      mtls_certificates: [certificate],
      durable_objects: { bindings: [BASE.durable_objects.bindings[0], object] },
    });
  });

  it("remove all entries by an empty list, and replace lists of texts", () => {
    const own = { analytics_engine_datasets: [], triggers: { crons: ["0 * * * *"] }, routes: ["a.example"] };
    expect(mergeConfig(BASE, own)).toEqual({ ...BASE, ...own });
  });
});

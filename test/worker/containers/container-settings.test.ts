import { describe, expect, it } from "vitest";
import { originSettings, sleepAfterS } from "../../../worker/containers/container-settings.ts";

describe("the settings of an origin in a container", () => {
  it("are the Worker's variables and secrets with an origin's names", () => {
    const env = { CORNICE_CHANNEL: "nixos-25.11", R2_BUCKET: "cornice", KV_API_TOKEN: "t", NIX_TIMEOUT: "60" };
    const others = { KV: {}, R2: {}, USERS: "secret", AUTH: "basic", ORIGIN_ACCESS_CLIENT_SECRET: "secret" };
    expect(originSettings({ ...env, ...others })).toEqual(env);
  });

  it("have the Worker's secret, unless the origin has one of its own", () => {
    expect(originSettings({ ORIGIN_SECRET: "a" })).toEqual({ CORNICE_ORIGIN_SECRET: "a" });
    expect(originSettings({ ORIGIN_SECRET: "a", CORNICE_ORIGIN_SECRET: "b" })).toEqual({ CORNICE_ORIGIN_SECRET: "b" });
  });
});

describe("the time until a container may stop", () => {
  it("is longer than a build may take", () => {
    expect(sleepAfterS({})).toBe(4200);
    expect(sleepAfterS({ BUILD_TIMEOUT: "7200" })).toBe(7800);
  });
});

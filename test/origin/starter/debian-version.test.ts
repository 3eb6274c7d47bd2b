import { describe, expect, it } from "vitest";

import { compareVersions, upstreamVersion } from "../../../origin/starter/debian-version.ts";

describe("compareVersions", () => {
  it.each([
    ["1.0", "1.0", 0],
    ["1.0", "1.1", -1],
    ["1.9", "1.10", -1],
    ["1.01", "1.1", 0],
    ["1:1.0", "2.0", 1],
    ["0:1.0", "1.0", 0],
    ["1.0~rc1", "1.0", -1],
    ["1.0~~", "1.0~", -1],
    ["1.0~~a", "1.0~", -1],
    ["1.0a", "1.0", 1],
    ["1.0a", "1.0+", -1],
    ["1.0-1", "1.0", 1],
    ["1.0-1", "1.0-1+b1", -1],
    ["1.0-1+deb12u2", "1.0-1+deb12u10", -1],
    ["2.36-9+deb12u10", "2.36-9", 1],
    ["1.0-0", "1.0", 0],
    ["1-1-1", "1-1-2", -1],
    ["20260101000000000001", "20260101000000000002", -1],
  ])("compares %s and %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
    // Adding zero makes -0 a plain 0.
    expect(Math.sign(compareVersions(b, a))).toBe(-sign + 0);
  });
});

describe("upstreamVersion", () => {
  it.each([
    ["1:2.39.5-0+deb12u3", "2.39.5"],
    ["20250419~deb12u2", "20250419~deb12u2"],
    ["1.2-3-4", "1.2-3"],
  ])("of %s returns %s", (version, upstream) => {
    expect(upstreamVersion(version)).toBe(upstream);
  });
});

import { describe, expect, test } from "vitest";
import { parseBuilderConfig, parseIndexConfig } from "../../../origin/service/config.ts";

describe("listing packages", () => {
  const env = { CORNICE_PKGS_PATH: "/pkgs" };

  test("needs the builder's settings and its own limits, and no store", () => {
    expect(parseIndexConfig(env, 4)).toEqual({
      ...parseBuilderConfig(env, 4),
      limits: { timeoutS: 1800, memoryMib: 4096, processes: 2, intervalS: 3600 },
    });
    const limited = parseIndexConfig({ ...env, CORNICE_INDEX_TIMEOUT: "60", CORNICE_INDEX_MEMORY: "512" }, 4);
    expect(limited.limits).toEqual({ timeoutS: 60, memoryMib: 512, processes: 1, intervalS: 3600 });
  });

  test.each([
    [1, "4096", 1],
    [4, "4096", 2],
    [4, "16384", 4],
    [64, "2047", 1],
  ])("with %d processors and %s MiB takes %d processes", (cpus, memory, processes) => {
    expect(parseIndexConfig({ ...env, CORNICE_INDEX_MEMORY: memory }, cpus).limits.processes).toBe(processes);
  });

  test("tags wait for an index only if the operator says so, as long as listing may take", () => {
    const waitOf = (more: object) => parseBuilderConfig({ ...env, ...more }, 4).indexWaitS;
    expect(waitOf({})).toBeUndefined();
    expect(waitOf({ CORNICE_WAIT_FOR_INDEX: "true" })).toBe(1800);
    expect(waitOf({ CORNICE_WAIT_FOR_INDEX: "true", CORNICE_INDEX_TIMEOUT: "60" })).toBe(60);
  });

  test.each([
    ["CORNICE_INDEX_TIMEOUT", "0", "1 to 86400"],
    ["CORNICE_INDEX_MEMORY", "511", "512 to 1048576"],
  ])("has a least %s", (name, value, range) => {
    expect(() => parseIndexConfig({ ...env, [name]: value }, 4)).toThrow(
      `${name} is "${value}"; it must be a whole number from ${range}`,
    );
  });
});

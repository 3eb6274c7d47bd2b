import { describe, expect, vi } from "vitest";
import { createNixNeed } from "../../../origin/nix/nix-need.ts";
import { NixTooOld } from "../../../origin/nix/nix-too-old.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const PRESENT = { text: "2.8.0", numbers: [2, 8, 0] };
const TOO_OLD = new NixTooOld(PRESENT, { text: "99", numbers: [99] });

function setUp(path?: string) {
  const onChange = vi.fn();
  const need = createNixNeed({ isolation: { nixVersion: async () => PRESENT }, path, onChange });
  return { need, onChange };
}

describe("the need for a newer Nix", () => {
  test("follows the evaluations of latest, and is told once for each change", async () => {
    const { need, onChange } = setUp();
    await expect(need.check()).resolves.toBeUndefined();
    need.note("latest", TOO_OLD);
    need.note("latest", TOO_OLD);
    expect(await rejection(need.check())).toBe(TOO_OLD);
    need.note("latest", new Error("a builder failed"));
    await expect(need.check()).resolves.toBeUndefined();
    expect(onChange.mock.calls).toEqual([[TOO_OLD], [undefined]]);
  });

  test("does not follow other tags, because anybody may push a branch", async () => {
    const { need } = setUp();
    need.note("a-branch", TOO_OLD);
    await expect(need.check()).resolves.toBeUndefined();
    need.note("latest", TOO_OLD);
    need.note("a-branch", undefined);
    expect(await rejection(need.check())).toBe(TOO_OLD);
  });

  test("of a path is read again at each check", async ({ directory }) => {
    const { need, onChange } = setUp(directory);
    await writeTree(directory, { "lib/minver.nix": '"99"' });
    expect(await rejection(need.check())).toMatchObject({ code: "UNAVAILABLE", needed: { text: "99" } });
    await writeTree(directory, { "lib/minver.nix": '"2.3"' });
    await expect(need.check()).resolves.toBeUndefined();
    expect(onChange).toHaveBeenCalledTimes(2);
  });
});

import { describe, expect, test } from "vitest";
import { type BoundedStore, boundStore } from "../../../origin/disks/bound-store.ts";

/** A store with garbage, and with kept closures of ten bytes each. Like Nix, it frees at least what it is asked for. */
function storeOf({ garbage = 0, kept = 0, inUse = 0 }) {
  const state = { garbage, kept };
  const calls: string[] = [];
  const store: BoundedStore = {
    bytes: async () => state.garbage + 10 * state.kept + inUse,
    async collect(bytes) {
      calls.push(`collect ${bytes}`);
      state.garbage = Math.max(0, state.garbage - bytes);
    },
    async forgetOldest() {
      calls.push("forget");
      if (state.kept === 0) return false;
      state.kept -= 1;
      state.garbage += 10;
      return true;
    },
  };
  return { store, calls, state };
}

describe("a store", () => {
  test("below its limit stays as it is", async () => {
    const { store, calls } = storeOf({ garbage: 60, kept: 4 });
    expect(await boundStore(store, 100)).toEqual({ bytes: 100, freed: 0 });
    expect(calls).toEqual([]);
  });

  test("loses garbage first, until it is a tenth below its limit", async () => {
    const { store, state, calls } = storeOf({ garbage: 60, kept: 5 });
    expect(await boundStore(store, 100)).toEqual({ bytes: 90, freed: 20 });
    expect(state).toEqual({ garbage: 40, kept: 5 });
    expect(calls).toEqual(["collect 20"]);
  });

  test("forgets closures when its garbage is gone, and no more of them than it must", async () => {
    const { store, state } = storeOf({ garbage: 5, kept: 12 });
    expect(await boundStore(store, 100)).toEqual({ bytes: 90, freed: 35 });
    expect(state).toEqual({ garbage: 0, kept: 9 });
  });

  test("stays too large if the rest is in use", async () => {
    const { store } = storeOf({ garbage: 5, kept: 2, inUse: 200 });
    expect(await boundStore(store, 100)).toEqual({ bytes: 200, freed: 25 });
  });

  test("that grows meanwhile has freed nothing", async () => {
    let bytes = 200;
    const growing = { bytes: async () => (bytes += 10), collect: async () => {}, forgetOldest: async () => false };
    expect(await boundStore(growing, 100)).toEqual({ bytes: 220, freed: 0 });
  });
});

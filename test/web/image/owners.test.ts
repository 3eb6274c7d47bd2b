import { describe, expect, it } from "vitest";
import { bytesByOwner, closureOf, pathOwners, SHARED } from "../../../web/image/owners.ts";
import { CONTENTS } from "./contents.ts";

describe("a store path belongs", () => {
  const owners = pathOwners(CONTENTS);

  it("to the one package that needs it, or to several", () => {
    expect(owners).toEqual(["git", "git", SHARED, "python3", SHARED, SHARED, SHARED]);
  });

  it("with its bytes; shared bytes come last", () => {
    expect(bytesByOwner(CONTENTS, owners)).toEqual([
      ["python3", 900_000],
      ["git", 700_000],
      [SHARED, 1_300_022],
    ]);
  });
});

describe("a closure", () => {
  it("has all needed paths, each once, the nearest first", () => {
    expect([...closureOf(CONTENTS, [0])]).toEqual([0, 1, 4, 2]);
  });
});

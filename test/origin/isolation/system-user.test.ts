import { describe, expect, test } from "vitest";
import { countMembers, findUser } from "../../../origin/isolation/system-user.ts";

describe("a user", () => {
  test("that every Linux has", async () => {
    expect(await findUser("nobody")).toEqual({ name: "nobody", uid: 65_534, gid: expect.any(Number) });
  });

  test.each(["root", "cornice-no-such-user", "", "nobod"])("is not %j", async (name) => {
    expect(await findUser(name)).toBeUndefined();
  });
});

describe("a group", () => {
  test("that every Linux has, without members", async () => {
    expect(await countMembers("sys")).toBe(0);
  });

  test("is unknown where there is none", async () => {
    expect(await countMembers("cornice-no-such-group")).toBeUndefined();
  });
});

import { describe, expect, test } from "vitest";
import { countMembers, findUser } from "../../../origin/isolation/system-user.ts";
import { anyOf } from "../../matchers.ts";

describe("a user", () => {
  test("is found if every Linux has it", async () => {
    expect(await findUser("nobody")).toEqual({ name: "nobody", uid: 65_534, gid: anyOf(Number) });
  });

  test.each(["root", "cornice-no-such-user", "", "nobod"])("is never %j", async (name) => {
    expect(await findUser(name)).toBeUndefined();
  });
});

describe("a group", () => {
  test("is found without members if every Linux has it", async () => {
    expect(await countMembers("sys")).toBe(0);
  });

  test("is undefined if it does not exist", async () => {
    expect(await countMembers("cornice-no-such-group")).toBeUndefined();
  });
});

import { expect, test } from "vitest";
import { accountNames } from "../../../image/root/account-names.ts";
import { storeOf, type Trees } from "./store.ts";

function namesOf(trees: Trees) {
  const { roots, files } = storeOf(trees);
  return accountNames(roots, files);
}

test("without account files of packages, the names are those of the defaults", () => {
  expect(namesOf({ a: { "bin/x": "" } })).toEqual({ users: ["root", "nobody"], groups: ["root", "nogroup", "nobody"] });
});

test("the first package's files decide", () => {
  const trees = {
    a: { "etc/passwd": "# people\nroot:x:0:0::/:\n\napp:x:7:7::/srv:\n" },
    b: { "etc/passwd": "other:x:1:1::/:", "etc/group": "app:x:7:" },
  };
  expect(namesOf(trees)).toEqual({ users: ["root", "app"], groups: ["app"] });
});

test("a link is followed inside the store only", () => {
  expect(namesOf({ a: { "etc/passwd": { link: "../share/users" }, "share/users": "app:x:7:7::/:" } }).users).toEqual([
    "app",
  ]);
});

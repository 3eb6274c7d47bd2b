import { expect, test } from "vitest";
import { storeFailure } from "../../cli/store-failure.ts";
import { StoreError } from "../../origin/stores/object-store.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });

test.each([
  ["an outage can pass", {}, "run it again"],
  ["a fault of the store can pass", { status: 503 }, "run it again"],
  ["a wrong token does not", { status: 401 }, "check the credentials of R2 and KV in the settings"],
  ["a wrong signature does not", { status: 403 }, "check the credentials of R2 and KV in the settings"],
  [
    "a registry that does not run must be started",
    { cause: new TypeError("fetch failed", { cause: refused }) },
    "nothing listens there: if the registry runs on this machine, start it, and read its origin.env again",
  ],
])("%s", (_, options, advice) => {
  const failure = storeFailure(new StoreError("LIST failed at R2", options), "run it again");
  expect(failure.message).toBe(`LIST failed at R2; ${advice}`);
});

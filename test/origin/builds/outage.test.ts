import { expect, test } from "vitest";
import { outage } from "../../../origin/builds/outage.ts";
import { PackingError } from "../../../origin/packing/packer.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import { matching } from "../../matchers.ts";

const failure = (code: string | undefined) => new PackingError({ message: "/nix/store/x", code });

const fault = new PackingError({ message: "x-1.0 has a fifo", code: undefined, kind: "package" });

test.each([
  ["a package's own fault", fault, "MANIFEST_UNKNOWN", /^the image cannot be built: x-1.0 has a fifo$/],
  ["a full disk while packing", failure("ENOSPC"), "UNAVAILABLE", /no disk space left/],
  ["a full disk elsewhere", Object.assign(new Error("mkdir"), { code: "ENOSPC" }), "UNAVAILABLE", /no disk space left/],
  ["a used-up quota", failure("EDQUOT"), "UNAVAILABLE", /no disk space left/],
  ["a store path that vanished", failure("ENOENT"), "UNAVAILABLE", /removed while it was packed; pull again/],
  ["a store path that cannot be read", failure("EIO"), "UNAVAILABLE", /a store path cannot be packed/],
  [
    "a store path that has changed since it was listed",
    failure(undefined),
    "UNAVAILABLE",
    /a store path cannot be packed/,
  ],
  [
    "another file that cannot be read",
    Object.assign(new Error("open"), { code: "EIO" }),
    "UNKNOWN",
    /^internal error$/,
  ],
  ["storage that fails", new StoreError("PUT x failed"), "UNAVAILABLE", /storage did not accept the image/],
  ["another file that is missing", Object.assign(new Error("open"), { code: "ENOENT" }), "UNKNOWN", /^internal error$/],
  ["a defect", new TypeError("x is not a function"), "UNKNOWN", /^internal error$/],
  ["no error at all", "text", "UNKNOWN", /^internal error$/],
])("%s", (_, error, code, message) => {
  expect(outage(error)).toMatchObject({ code, message: matching(message) });
});

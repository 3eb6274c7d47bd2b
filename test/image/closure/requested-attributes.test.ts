import { expect, test } from "vitest";
import { requestedAttributes } from "../../../image/closure/requested-attributes.ts";

test("requested attributes are sorted, and each is there once", () => {
  const packages = [
    { attribute: "p11-kit", requested: true },
    { attribute: "cacert", requested: false },
    { attribute: "p11-kit", requested: true },
    { attribute: "Zig", requested: true },
    { attribute: "git", requested: true },
  ];
  expect(requestedAttributes(packages)).toEqual(["Zig", "git", "p11-kit"]);
});

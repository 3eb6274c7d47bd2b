import { expect, test } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import { Refusals, RevisionRefusal } from "../../../origin/builds/refusals.ts";

const MINUTE_MS = 60_000;

function refusal(message = "no such package: ripgrpe"): RevisionRefusal {
  return new RevisionRefusal(new OciError("MANIFEST_UNKNOWN", message, { detail: { unknown: ["ripgrpe"] } }), "r1");
}

test("a refusal has the error and the revision", () => {
  expect(refusal()).toMatchObject({
    code: "MANIFEST_UNKNOWN",
    message: "no such package: ripgrpe",
    detail: { unknown: ["ripgrpe"] },
    revision: "r1",
  });
});

test("it is remembered for ten minutes", () => {
  let now = 0;
  const refusals = new Refusals(() => now);
  const known = refusal();
  refusals.add("a", known);
  now = 10 * MINUTE_MS - 1;
  expect(refusals.find("a")).toBe(known);
  expect(refusals.find("b")).toBeUndefined();
  now = 10 * MINUTE_MS;
  expect(refusals.find("a")).toBeUndefined();
});

test("after a thousand refusals, the oldest is forgotten", () => {
  const refusals = new Refusals(() => 0);
  refusals.add("0", refusal("first"));
  for (let count = 1; count < 1000; count++) refusals.add(String(count), refusal());
  refusals.add("0", refusal("again"));
  refusals.add("1000", refusal());
  expect(refusals.find("0")?.message).toBe("again");
  expect(refusals.find("1")).toBeUndefined();
  expect(refusals.find("2")).toBeDefined();
});

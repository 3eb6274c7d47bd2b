import { describe, expect, it } from "vitest";
import { requestKind, type Traffic, trafficSince } from "../../../bench/whole/traffic.ts";
import { namespacePath, S3_PATH } from "../../../start/local-edge/local-stores.ts";

describe("the kind of a request", () => {
  it.each([
    ["HEAD", `${S3_PATH}/cornice/blobs/sha256/ab`, "R2 read"],
    ["GET", `${S3_PATH}/cornice/layers/ab`, "R2 read"],
    ["PUT", `${S3_PATH}/cornice/blobs/sha256/ab?x-id=PutObject`, "R2 write"],
    ["POST", `${S3_PATH}/cornice/blobs/sha256/ab?uploads=`, "R2 write"],
    ["DELETE", `${S3_PATH}/cornice/blobs/sha256/ab`, "R2 write"],
    ["PUT", `${namespacePath("ab")}bulk`, "KV"],
    ["GET", `${namespacePath("ab")}values/tag`, "KV"],
  ])("%s %s is one of %s", (method, path, kind) => {
    expect(requestKind(method, path)).toBe(kind);
  });
});

it("subtracts the traffic of an earlier moment", () => {
  const at = (number: number): Traffic => ({
    requests: { "R2 read": number, "R2 write": 2 * number, KV: 3 * number },
    sentToStores: 4 * number,
    readFromStores: 5 * number,
    sentToWorker: 6 * number,
  });
  expect(trafficSince(at(10), at(17))).toEqual(at(7));
});

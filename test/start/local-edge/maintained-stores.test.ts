import { afterAll, beforeAll } from "vitest";
import { describeMaintainedIndex } from "../../origin/stores/maintained-index-contract.ts";
import { describeMaintainedStore } from "../../origin/stores/maintained-store-contract.ts";
import { startTestEdge, type TestEdge } from "./test-edge.ts";

let edge: TestEdge;
beforeAll(async () => {
  edge = await startTestEdge();
});
afterAll(() => edge.stop());

describeMaintainedStore("the R2 store, over S3", async () => edge.store);
describeMaintainedIndex("the KV index, over REST", async () => edge.index);

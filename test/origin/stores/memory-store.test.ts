import { createMemoryStore } from "./memory-store.ts";
import { describeObjectStore } from "./object-store-contract.ts";

describeObjectStore("the store in memory", async () => createMemoryStore());

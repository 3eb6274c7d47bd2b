import { costTables } from "./price.ts";

console.log(costTables());

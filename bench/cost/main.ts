import { monthTable } from "./months.ts";
import { costTables } from "./price.ts";

console.log(costTables());
console.log(monthTable());

import { parentPort } from "node:worker_threads";
import { PROPERTIES } from "./properties.ts";
import type { Round } from "./rounds.ts";

parentPort?.on("message", ({ name, ...trial }: Round) => {
  void PROPERTIES.find((property) => property.name === name)
    ?.check(trial)
    .then((outcome) => parentPort?.postMessage(outcome));
});

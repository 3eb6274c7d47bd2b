import { expect, test } from "vitest";
import { startFailure } from "../../../start/local-edge/start-failure.ts";

const MINIFLARE = "The Workers runtime failed to start.\nRuntime stderr:\n";

test.each([
  ["a full disk", "SQLite failed; dbErrorMessage(err, db) = database or disk is full: SQLITE_FULL"],
  ["a damaged database", "SQLite failed; dbErrorMessage(prepareResult, db) = file is not a database: SQLITE_NOTADB"],
])("%s is named in one line, with the folder", (_, reason) => {
  const message = `*** Uncaught exception ***\nworkerd/util/sqlite.c++:1827: failed: ${reason}`;
  const error = new Error(`${MINIFLARE}${JSON.stringify({ level: "error", message })}`);
  expect(startFailure(error, "/state/edge")).toBe(`the registry cannot start with /state/edge: ${reason}`);
});

test("an error of the system says what it says", () => {
  expect(startFailure(new Error("ENOTDIR: not a directory, mkdir '/state/edge/v3'"), "/state/edge")).toBe(
    "the registry cannot start with /state/edge: ENOTDIR: not a directory, mkdir '/state/edge/v3'",
  );
});

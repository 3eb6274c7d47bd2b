import { expect, test } from "vitest";
import { PackageError } from "../../../image/closure/package-error.ts";
import { describeFailure } from "../../../origin/unpacking/failure.ts";

test("a package's fault is one line without control characters, whatever its files are called", () => {
  const path = `/nix/store/${"0".repeat(32)}-git-2.51.0\u001b[31m/a\nb`;
  expect(describeFailure(new PackageError(path, "has a\nproblem"))).toEqual({
    message: "git-2.51.0 has aproblem",
    code: undefined,
    kind: "package",
  });
});

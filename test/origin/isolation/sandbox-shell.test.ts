import { describe, expect } from "vitest";
import { withOwnShell } from "../../../origin/isolation/sandbox-shell.ts";
import { test, writeTree } from "../fixtures.ts";

const PROGRAM = { program: "#!/bin/sh\n" };

describe("the shell of Nix's sandbox", () => {
  test("is beside Nix's programs if Debian's Nix stands in a folder of its own", async ({ directory }) => {
    await writeTree(directory, { "bin/bash-static": PROGRAM, there: PROGRAM });
    const settings = new Map([
      ["sandbox-paths", `/bin/sh=/nonexistent/bash-static /bin/x=${directory}/there /etc/hosts /y=/nonexistent/y`],
      ["cores", "2"],
    ]);
    expect([...(await withOwnShell(settings, `${directory}/bin`))]).toEqual([
      ["sandbox-paths", `/bin/sh=${directory}/bin/bash-static /bin/x=${directory}/there /etc/hosts /y=/nonexistent/y`],
      ["cores", "2"],
    ]);
  });

  test.for([[new Map([["cores", "2"]])], [new Map([["sandbox-paths", ""]])]])(
    "may be missing: %j",
    async ([settings = new Map()]) => {
      expect(await withOwnShell(settings, "/usr/bin")).toEqual(settings);
    },
  );
});

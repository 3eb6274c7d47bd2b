import { expect } from "vitest";
import { starterPackages } from "../../../origin/package-index/starter-packages.ts";
import { test, writeTree } from "../fixtures.ts";

const about = (pname: string) => ({ pname, version: "1.2", description: `The ${pname}`, groups: [], programs: [] });

test("the packages of a starter set are named as a pull names them", async ({ directory }) => {
  const attributes = {
    _7zz: about("7zz"),
    bashInteractive: about("bash"),
    "python3Packages.requests": about("requests"),
    "python3Packages.Flask": about("flask"),
    twice: about("twice"),
    tWice: about("other"),
    shell: about("shell"),
  };
  await writeTree(directory, { "index.json": JSON.stringify({ attributes }) });
  expect(await starterPackages(directory)).toEqual([
    ["7zz", "1.2", "The 7zz"],
    ["bashinteractive", "1.2", "The bash"],
    ["python3packages.requests", "1.2", "The requests"],
    ["python3packages.flask", "1.2", "The flask"],
    ["twice", "1.2", "The twice"],
  ]);
});

import { expect, test } from "vitest";
import { starterClosures } from "../../popularity/starter-closures.ts";
import { buildStarterIndex } from "../../origin/starter/starter-index.ts";
import { debianPackage, packageMap } from "../origin/starter/debian-package.ts";

test("an attribute's closure has its own package and all groups that it needs, without versions", () => {
  const packages = packageMap(
    debianPackage("libc6", { version: "2.36-9" }),
    debianPackage("zlib1g", { depends: "libc6" }),
    debianPackage("git", { depends: "zlib1g", version: "1:2.39.5-0+deb12u2" }),
    debianPackage("jq", { depends: "libc6" }),
  );
  const { index } = buildStarterIndex({ system: "x86_64-linux", runsPrograms: true }, packages, {
    attributes: [
      { path: "gitMinimal", debs: ["git"], programs: [] },
      { path: "jq", debs: ["jq"], programs: [] },
    ],
    fixes: { links: {}, steps: [], finish: [], accounts: [] },
    policy: { dropped: [], cut: [], added: {}, together: [] },
  });
  const closures = starterClosures(JSON.stringify(index)) ?? new Map<string, readonly string[]>();
  expect(Array.from(closures, ([name, closure]) => [name, closure.toSorted()])).toEqual([
    ["gitminimal", ["git", "gitMinimal", "libc6", "zlib1g"]],
    ["jq", ["jq", "jq", "libc6"]],
  ]);
});

const GROUPS = { a: { version: "1", dependencies: [] } };
const ATTRIBUTES = { a: { pname: "a", version: "1", groups: ["a"] } };

test.each([
  "",
  "[]",
  "{}",
  JSON.stringify({ groups: GROUPS }),
  JSON.stringify({ groups: GROUPS, attributes: {} }),
  JSON.stringify({ groups: GROUPS, attributes: { a: { pname: "a", version: 1, groups: [] } } }),
  JSON.stringify({ groups: GROUPS, attributes: { a: null } }),
  JSON.stringify({ groups: { a: { version: "1", dependencies: [1] } }, attributes: ATTRIBUTES }),
  JSON.stringify({ groups: { a: { dependencies: [] } }, attributes: ATTRIBUTES }),
])("%j is not an index", (json) => {
  expect(starterClosures(json)).toBeUndefined();
});

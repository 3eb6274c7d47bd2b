import { describe, expect, test } from "vitest";
import { parseArguments } from "../../cli/arguments.ts";
import { doctorEvent, doctorText, hasProblems } from "../../cli/doctor-command.ts";
import { ok, problem, warning } from "../../cli/doctor/finding.ts";
import { matching } from "../matchers.ts";

const FINDINGS = [
  ok("nix", "Nix 2.28.3"),
  warning("limits", "the Worker has no PULL_LIMIT", "copy the block"),
  problem("origin", "it says \u001b[2J\nno", "look"),
];

describe("the report", () => {
  test("has a line for each check, and what to do", () => {
    expect(doctorText(FINDINGS).split("\n")).toEqual([
      "ok       nix        Nix 2.28.3",
      "warning  limits     the Worker has no PULL_LIMIT",
      "                    -> copy the block",
      matching(/^PROBLEM {2}origin {5}it says .*no$/),
      "                    -> look",
      "",
      "1 problem, 1 warning",
    ]);
    expect(doctorText(FINDINGS)).not.toContain("\u001b");
  });

  test("as JSON has all findings", () => {
    expect(JSON.parse(doctorEvent(FINDINGS))).toEqual({
      event: "doctor",
      problems: 1,
      warnings: 1,
      findings: FINDINGS,
    });
  });

  test("fails for problems, and not for warnings", () => {
    expect([hasProblems(FINDINGS), hasProblems(FINDINGS.slice(0, 2))]).toEqual([true, false]);
  });
});

describe("the arguments", () => {
  test("have the registry's address", () => {
    const call = parseArguments(["doctor", "--registry", "https://registry.example/docs", "--json"]);
    expect(call).toEqual({ command: "doctor", registry: new URL("https://registry.example"), json: true });
    expect(parseArguments(["doctor"])).toEqual({ command: "doctor", registry: undefined, json: false });
  });

  test.each([["x"], ["--registry", "registry.example"], ["--registry", "https://a:b@c"], ["--tag", "x"]])(
    "cannot be %s %s",
    (...args) => {
      expect(() => parseArguments(["doctor", ...args])).toThrow();
    },
  );
});

import { describe, expect, it } from "vitest";
import { containing } from "../matchers.ts";
import { deploymentProblems } from "../../deploy/deployment-problems.ts";

const NAMESPACES = [{ binding: "KV", id: "0123456789abcdef" }];

function problemsOf(vars: object, rest: object = {}): string[] {
  return deploymentProblems({ kv_namespaces: NAMESPACES, vars, ...rest }, "own.toml");
}

describe("a deployment", () => {
  it.each([
    { ORIGIN_URL: "https://origin.example" },
    { ORIGINS: "https://a.example, https://b.example", ORIGIN_URL: "http://127.0.0.1:8788" },
    { ORIGIN_URL: "http://10.0.0.7:8788" },
  ])("may have %j", (vars) => {
    expect(problemsOf(vars)).toEqual([]);
  });

  it.each([
    [
      { ORIGINS: "https://a.example http://localhost:8788" },
      "ORIGINS is http://localhost:8788, which Cloudflare cannot",
    ],
    [{ ORIGINS: "http://[::1]:8788" }, "ORIGINS is http://[::1]:8788, which Cloudflare cannot reach"],
    [{ ORIGIN_URL: "http://127.1:8788" }, "ORIGIN_URL is http://127.1:8788, which Cloudflare cannot reach"],
    [{ ORIGIN_URL: "" }, "ORIGIN_URL is not set"],
    [{}, "ORIGIN_URL is not set"],
    [{ ORIGIN_URL: "origin" }, 'ORIGIN_URL has "origin", which is no address'],
  ])("may not have %j", (vars, problem) => {
    expect(problemsOf(vars)).toEqual([containing(`own.toml: ${problem}`)]);
  });

  it("may name containers by any address", () => {
    expect(problemsOf({ ORIGINS: "http://origin-1" }, { containers: [{ class_name: "OriginContainer" }] })).toEqual([]);
  });

  it.each([[[]], [[{ binding: "KV", id: "0".repeat(32) }]], [[{ binding: "OTHER", id: "1" }]]])(
    "may not have the namespaces %j",
    (namespaces) => {
      expect(problemsOf({ ORIGIN_URL: "https://a.example" }, { kv_namespaces: namespaces })).toEqual([
        containing("own.toml: the KV namespace has no id"),
      ]);
    },
  );
});

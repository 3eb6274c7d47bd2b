import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createLog, type LogFormat } from "../../../origin/system/log.ts";
import type { LogLevel } from "../../../protocol/log-level.ts";
import { newTrace } from "../../../protocol/trace-context.ts";
import { objectOf } from "../../json.ts";
import { matching } from "../../matchers.ts";

function setUp(format: LogFormat, level: LogLevel = "info") {
  const lines: string[] = [];
  const errors: unknown[][] = [];
  const output = { log: (line: string) => lines.push(line), error: (...parts: unknown[]) => errors.push(parts) };
  return { lines, errors, log: createLog(format, output, level) };
}

describe("for people", () => {
  test("a line names its image", () => {
    const { log, lines } = setUp("text");
    log.line("serving starter");
    log.line("copying path", "git/htop");
    expect(lines).toEqual(["origin: serving starter", "origin: git/htop: copying path"]);
  });

  test("a failure has the whole error", () => {
    const { log, errors } = setUp("text");
    const cause = new Error("oops");
    log.failure("a call failed", cause);
    expect(errors).toEqual([["origin: a call failed:", cause]]);
  });
});

describe("for machines", () => {
  const time = matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

  test("a line is a JSON object", () => {
    const { log, lines } = setUp("json");
    log.line("a\nb", "git/htop");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { time, level: "info", image: "git/htop", message: "a\nb" },
    ]);
  });

  test("a failure has the error with its cause", () => {
    const { log, errors } = setUp("json");
    log.failure("a call failed", new Error("oops", { cause: new Error("no route") }));
    expect(errors.flat().map((line): unknown => JSON.parse(String(line)))).toEqual([
      {
        time,
        level: "error",
        message: "a call failed",
        error: matching(/^Error: oops\n[^]*no route/),
      },
    ]);
  });

  test("lines always name their own trace, also lines that come later", async () => {
    const { log, lines } = setUp("json");
    const [first, second] = [newTrace(), newTrace()];
    const work = async (message: string) => {
      await setTimeout(1);
      log.line(message);
    };
    await Promise.all([log.traced(first, () => work("1")), log.traced(second, () => work("2")), work("none")]);
    const records = lines.map((line) => objectOf(line));
    expect(Object.fromEntries(records.map((record) => [record["message"], record["trace"]]))).toEqual({
      1: first.traceId,
      2: second.traceId,
      none: undefined,
    });
  });
});

describe("debug lines", () => {
  test.each(["text", "json"] as const)("are left out at the level info, as %s", (format) => {
    const { log, lines } = setUp(format);
    log.debug("run git fetch");
    expect(lines).toEqual([]);
  });

  test("have a mark and name their image, for people", async () => {
    const { log, lines } = setUp("text", "debug");
    log.debug("run nix --version");
    await log.about("git/htop", async () => {
      await setTimeout(1);
      log.debug("run nix-store --realise");
    });
    expect(lines).toEqual(["origin: debug: run nix --version", "origin: debug: git/htop: run nix-store --realise"]);
  });

  test("have their own level, a trace and an image, for machines", () => {
    const { log, lines } = setUp("json", "debug");
    const trace = newTrace();
    log.traced(trace, () => log.about("git/htop", () => log.debug("run nix")));
    const [line] = lines.map((text): unknown => JSON.parse(text));
    expect(line).toMatchObject({ level: "debug", trace: trace.traceId, image: "git/htop", message: "run nix" });
  });
});

import { describe, expect, test } from "vitest";
import { CliError } from "../../cli/cli-error.ts";
import { errorEvent, failureLines } from "../../cli/failure.ts";
import { NixFault } from "../../origin/nix/nix-fault.ts";
import { CommandError } from "../../origin/system/command.ts";
import { OciError } from "../../protocol/oci-error.ts";

const unread = (cause: unknown) => new OciError("MANIFEST_UNKNOWN", "the package source cannot be read now", { cause });

describe("a failure is shown with its causes", () => {
  test("the nearest one first", () => {
    const cause = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") });
    expect(failureLines(unread(cause))).toEqual([
      "cornice: the package source cannot be read now",
      "cornice: because: fetch failed",
      "cornice: because: connect ECONNREFUSED 127.0.0.1:1",
    ]);
  });

  test("each line of a program's output for itself", () => {
    const cause = new CommandError("error: first\nerror: second");
    expect(failureLines(unread(cause))?.slice(1)).toEqual(["cornice: because: error: first", "cornice: error: second"]);
  });

  test("all addresses of a server that does not answer", () => {
    const cause = new AggregateError([
      new Error("connect ECONNREFUSED ::1:1"),
      new Error("connect ECONNREFUSED 127.0.0.1:1"),
    ]);
    expect(failureLines(unread(cause))?.slice(1)).toEqual([
      "cornice: because: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1",
    ]);
  });

  test("without a cause that says what the message says", () => {
    const cause = new Error("ENOSPC: no space left");
    expect(failureLines(new CliError("cannot write a.tar: ENOSPC: no space left", { cause }))).toEqual([
      "cornice: cannot write a.tar: ENOSPC: no space left",
    ]);
  });

  test("once, if they lead back to themselves", () => {
    const cause = new Error("again");
    cause.cause = cause;
    expect(failureLines(unread(cause))).toHaveLength(2);
  });

  test("as an event for programs", () => {
    expect(JSON.parse(errorEvent(unread(new Error("why"))))).toEqual({
      event: "error",
      code: "MANIFEST_UNKNOWN",
      message: "the package source cannot be read now",
      causes: ["why"],
    });
    expect(JSON.parse(errorEvent(new CliError("stopped")))).toEqual({
      event: "error",
      code: "FAILED",
      message: "stopped",
    });
  });
});

test("a Nix that does not work is shown with the advice for the operator", () => {
  expect(failureLines(new NixFault("install Nix"))).toEqual(["cornice: install Nix"]);
});

test("a defect is no failure", () => {
  expect(failureLines(new TypeError("x is undefined"))).toBeUndefined();
  expect(JSON.parse(errorEvent(new TypeError("x is undefined")))).toEqual({
    event: "error",
    code: "FAILED",
    message: "internal error",
  });
});

import { expect, test, vi } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import { createReadiness, type PartCheck } from "../../../origin/health/readiness.ts";

const OK: PartCheck = () => Promise.resolve();

function setUp(parts: Readonly<Record<string, PartCheck>>) {
  let ms = 0;
  const onFailure = vi.fn();
  const unreadyParts = createReadiness({ parts, now: () => ms, onFailure });
  return { unreadyParts, onFailure, pass: (milliseconds: number) => (ms += milliseconds) };
}

test("no part is listed if all parts answer", async () => {
  const { unreadyParts, onFailure } = setUp({ nix: OK, spool: OK });
  expect(await unreadyParts()).toEqual([]);
  expect(onFailure).not.toHaveBeenCalled();
});

test("parts that fail are listed, and their errors reported", async () => {
  const error = new Error("no route");
  const { unreadyParts, onFailure } = setUp({ nix: OK, r2: () => Promise.reject(error) });
  expect(await unreadyParts()).toEqual(["r2"]);
  expect(onFailure.mock.calls).toEqual([["r2", error]]);
});

test("a failure that is meant for people is told in words", async () => {
  const { unreadyParts } = setUp({ nix: () => Promise.reject(new OciError("UNAVAILABLE", "Nix is too old")), r2: OK });
  expect(await unreadyParts()).toEqual(["nix (Nix is too old)"]);
});

test("a part that does not answer within five seconds is not ready, even if it ignores its signal", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error(`${ms} ms`)), ms);
    return controller.signal;
  });
  try {
    const { unreadyParts, onFailure } = setUp({ r2: () => new Promise(() => {}) });
    const asked = unreadyParts();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await asked).toEqual(["r2"]);
    expect(onFailure.mock.calls).toEqual([["r2", new Error("5000 ms")]]);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
});

test("parts are checked once in ten seconds, whatever the number of callers", async () => {
  const check = vi.fn(OK);
  const { unreadyParts, pass } = setUp({ nix: check });
  await Promise.all([unreadyParts(), unreadyParts()]);
  pass(9999);
  await unreadyParts();
  expect(check).toHaveBeenCalledTimes(1);
  pass(1);
  await unreadyParts();
  expect(check).toHaveBeenCalledTimes(2);
});

import { describe, expect, test } from "vitest";
import { withAttempts } from "../../../origin/downloads/attempts.ts";
import { DownloadError } from "../../../origin/downloads/download-error.ts";

const { signal } = new AbortController();

describe("attempts", () => {
  const transient = new DownloadError("busy", true);

  async function attempts(errors: readonly Error[], pausesMs = [1, 1]) {
    const left = [...errors];
    const told: string[] = [];
    const attempt = async () => {
      const error = left.shift();
      if (error) throw error;
      return "done";
    };
    const onFailure = ({ message }: DownloadError) => told.push(message);
    const result = await withAttempts(attempt, { pausesMs, signal, onFailure }).catch((error: Error) => error.message);
    return { result, told };
  }

  test("go on after transient failures, and tell them", async () => {
    expect(await attempts([transient, transient])).toEqual({ result: "done", told: ["busy", "busy"] });
  });

  test("end with the last failure", async () => {
    expect(await attempts([transient, transient, transient])).toEqual({ result: "busy", told: ["busy", "busy"] });
  });

  test("end at once if another one cannot help", async () => {
    expect(await attempts([new DownloadError("gone", false)])).toEqual({ result: "gone", told: [] });
  });
});

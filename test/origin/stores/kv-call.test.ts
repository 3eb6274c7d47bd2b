import { expect, vi } from "vitest";
import { pacedAsk } from "../../../origin/stores/kv-call.ts";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import type { Pace } from "../../../origin/stores/kv-pace.ts";
import { test } from "../fixtures.ts";

/** A pace that writes down what it is asked for. */
function recordingPace(): Pace & { readonly events: readonly (string | number | undefined)[] } {
  const events: (string | number | undefined)[] = [];
  return {
    events,
    turn: async () => void events.push("turn"),
    hold: (ms) => void events.push("hold", ms),
  };
}

test.for([
  ["seconds", "300", 300_000],
  ["no time", undefined, undefined],
  ["a date", "Mon, 30 Nov 2026 12:00:00 GMT", undefined],
  ["a time below zero", "-1", undefined],
] as const)("a call that is refused with %s holds the next ones", async ([, value, ms], { serve }) => {
  const headers = value === undefined ? {} : { "Retry-After": value };
  const server = await serve(() => ({ status: 429, body: "{}", headers }));
  const pace = recordingPace();
  await pacedAsk(pace)({ method: "GET", url: server.url, apiToken: "t" });
  expect(pace.events).toEqual(["turn", "hold", ms]);
});

test("only Cloudflare's API is asked at a pace", async ({ serve, onTestFinished }) => {
  const { url } = await serve(() => ({ status: 200, body: '{"success":true}' }));
  const pace = recordingPace();
  await createKvIndex({ apiUrl: url, namespaceId: "n", apiToken: "t" }, pace).remove(["a"]);
  expect(pace.events).toEqual([]);
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const refusing = { ...pace, turn: () => Promise.reject(new Error("not yet")) };
  const apiUrl = "https://api.cloudflare.com/client/v4/accounts/1";
  const removal = expect(
    createKvIndex({ apiUrl, namespaceId: "n", apiToken: "t" }, refusing).remove(["a"]),
  ).rejects.toThrow("not yet");
  await vi.runAllTimersAsync();
  await removal;
});

test.for([200, 404, 500])("an answer with status %i holds nobody", async (status, { serve }) => {
  const server = await serve(() => ({ status, body: "{}", headers: { "Retry-After": "9" } }));
  const pace = recordingPace();
  await pacedAsk(pace)({ method: "GET", url: server.url, apiToken: "t" });
  expect(pace.events).toEqual(["turn"]);
});

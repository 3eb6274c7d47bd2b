import { vi } from "vitest";

/** Keeps the failures that the Worker logs for the test, and off the terminal. */
export function spyOnLog() {
  return vi.spyOn(console, "error").mockReturnValue(undefined);
}

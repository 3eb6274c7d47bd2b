import { vi } from "vitest";

/** Keeps what the Worker logs as failures off the terminal, and for the test to read. */
export function spyOnLog() {
  return vi.spyOn(console, "error").mockReturnValue(undefined);
}

/** One JSON line in the Worker's log, for something that is no failure. */
export function logEvent(message: string, details: Readonly<Record<string, string | number>> = {}): void {
  console.log(JSON.stringify({ level: "info", message, ...details }));
}

type LogFormat = "text" | "json";

/** A line of the log. In the format `json` it is a JSON object; the Worker's own lines are objects already. */
export function logLine(format: LogFormat, level: "info" | "error", message: string): string {
  if (format === "text" || message.startsWith("{")) return message;
  return JSON.stringify({ time: new Date().toISOString(), level, message });
}

/** How much the Worker and the origin log. `debug` adds lines for a person who looks for a fault. The first is the default. */
export const LOG_LEVELS = ["info", "debug"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

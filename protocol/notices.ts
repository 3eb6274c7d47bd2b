import { isJsonObject } from "./json-object.ts";

/** What people should know before they ask for a build. `low-disk`: a disk that builds write to is nearly full. */
export const NOTICES = ["low-disk"] as const;

export type Notice = (typeof NOTICES)[number];

/**
 * The origin's answer to a signed `GET /builds`, and the Worker's answer at `SITE_NOTICES_PATH`. It has nothing about the
 * machine: no size, no path.
 */
export interface NoticeList {
  readonly notices: readonly Notice[];
}

/** The page asks the Worker here. */
export const SITE_NOTICES_PATH = "/api/notices";

/** Leaves out what a newer release may say. Null for a value that is no list of notices. */
export function parseNotices(value: unknown): NoticeList | null {
  const given: unknown = isJsonObject(value) ? value["notices"] : undefined;
  return Array.isArray(given) ? { notices: NOTICES.filter((notice) => given.includes(notice)) } : null;
}

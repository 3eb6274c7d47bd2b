import { formatCount } from "../../protocol/format-count.ts";

/** The part of a report that counts the attributes that could not be evaluated. Empty if there are none. */
export function leftOut(count: number): string[] {
  return count === 0 ? [] : [`${formatCount(count, "attribute")} left out`];
}

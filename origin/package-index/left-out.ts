/** How many attributes could not be evaluated, as a part of a report; none for none. */
export function leftOut(count: number): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? "attribute" : "attributes"} left out`];
}

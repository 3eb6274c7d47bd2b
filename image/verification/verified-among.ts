import { VerificationError } from "./verification-error.ts";

/**
 * Returns the results of the items that hold, at least one. If none holds, throws the problem of the first item. Looks at
 * one item after the other, because each of them may be large.
 */
export async function verifiedAmong<Item, Result>(
  items: readonly Item[],
  verify: (item: Item) => Promise<Result>,
): Promise<readonly [Result, ...Result[]]> {
  const results: Result[] = [];
  let problem: VerificationError | undefined;
  for (const item of items) {
    try {
      results.push(await verify(item));
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      problem ??= error;
    }
  }
  const [first, ...others] = results;
  if (first === undefined) throw problem ?? new VerificationError("malformed", "there is no signature");
  return [first, ...others];
}

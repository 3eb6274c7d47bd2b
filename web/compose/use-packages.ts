import { useEffect, useState } from "preact/hooks";
import { askPackages } from "../page/answers.ts";
import { ApiError } from "../page/api.ts";
import { prepareSearch, type SearchIndex } from "./search.ts";

export type Packages =
  | { readonly state: "waiting" }
  | { readonly state: "here"; readonly index: SearchIndex }
  /** The registry has no list. People can still type names. */
  | { readonly state: "none" }
  | { readonly state: "failed" };

/** Fetches the package index once, when the page is drawn. Prepares it while the browser is idle. */
export function usePackages(): Packages {
  const [packages, setPackages] = useState<Packages>({ state: "waiting" });
  useEffect(() => {
    const stop = new AbortController();
    loadPackages(stop.signal).then(
      (loaded) => stop.signal.aborted || setPackages(loaded),
      () => stop.signal.aborted || setPackages({ state: "failed" }),
    );
    return () => stop.abort();
  }, []);
  return packages;
}

async function loadPackages(signal: AbortSignal): Promise<Packages> {
  await idle();
  try {
    const { packages } = await askPackages(signal);
    const work = prepareSearch(packages);
    for (;;) {
      const step = work.next();
      if (step.done === true) return { state: "here", index: step.value };
      await idle();
    }
  } catch (error) {
    if (error instanceof ApiError && error.code === "NAME_UNKNOWN") return { state: "none" };
    throw error;
  }
}

const LONGEST_WAIT_MS = 200;

function idle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no requestIdleCallback.
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve(), { timeout: LONGEST_WAIT_MS });
    else setTimeout(resolve);
  });
}

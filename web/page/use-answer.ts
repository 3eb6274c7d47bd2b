import { type Inputs, useEffect, useState } from "preact/hooks";
import { messageOf } from "./api.ts";

/** The state of a call. */
export type Answer<T> =
  | { readonly state: "waiting" }
  | { readonly state: "here"; readonly value: T }
  | { readonly state: "failed"; readonly message: string };

/** Calls when the component appears, and again when an input changes. It cancels an outdated call. */
export function useAnswer<T>(call: (signal: AbortSignal) => Promise<T>, inputs: Inputs): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: "waiting" });
  useEffect(() => {
    const stop = new AbortController();
    setAnswer({ state: "waiting" });
    call(stop.signal).then(
      (value) => stop.signal.aborted || setAnswer({ state: "here", value }),
      (error: unknown) => stop.signal.aborted || setAnswer({ state: "failed", message: messageOf(error) }),
    );
    return () => stop.abort();
  }, inputs);
  return answer;
}

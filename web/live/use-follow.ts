import { type Ref } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** A box that is this close to its end counts as at its end. */
const SLACK_PX = 24;

interface Follow<E extends HTMLElement> {
  readonly box: Ref<E>;
  /** Whether the end of the box stays in sight. */
  readonly follows: boolean;
  readonly onScroll: () => void;
  readonly followAgain: () => void;
}

/** Keeps the end of a box in sight as it grows, unless somebody has scrolled up to read. */
export function useFollow<E extends HTMLElement>(content: unknown): Follow<E> {
  const box = useRef<E>(null);
  const [follows, setFollows] = useState(true);
  useLayoutEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [content, follows]);
  return {
    box,
    follows,
    onScroll() {
      if (!box.current) return;
      const { scrollTop, scrollHeight, clientHeight } = box.current;
      setFollows(scrollHeight - scrollTop - clientHeight < SLACK_PX);
    },
    followAgain: () => setFollows(true),
  };
}

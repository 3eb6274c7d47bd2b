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
  /** Where the box was put last. 0 while it does not follow. */
  const lastTop = useRef(0);
  useLayoutEffect(() => {
    if (!follows) lastTop.current = 0;
    if (!follows || !box.current) return;
    // The browser tells of a scrolling later than it scrolls. So new content may come before its event.
    if (box.current.scrollTop < lastTop.current && distanceToEnd(box.current) >= SLACK_PX) return setFollows(false);
    box.current.scrollTop = box.current.scrollHeight;
    lastTop.current = box.current.scrollTop;
  }, [content, follows]);
  return {
    box,
    follows,
    onScroll() {
      if (box.current) setFollows(distanceToEnd(box.current) < SLACK_PX);
    },
    followAgain: () => setFollows(true),
  };
}

function distanceToEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): number {
  return scrollHeight - scrollTop - clientHeight;
}

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  readonly id: string;
  readonly title: string;
  /** Makes the content, once the section is near the window. */
  readonly children: () => ComponentChildren;
}

/** About one screen: a document is there when a person has scrolled to its section. */
const DISTANCE = "800px";

/** A section whose content costs a request. It begins when the section comes near the window. */
export function NearSection({ id, title, children }: Props) {
  const section = useRef<HTMLElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const watch = ([entry]: readonly IntersectionObserverEntry[]) => entry?.isIntersecting === true && setNear(true);
    const observer = new IntersectionObserver(watch, { rootMargin: DISTANCE });
    if (section.current) observer.observe(section.current);
    return () => observer.disconnect();
  }, []);
  return (
    <section ref={section} aria-labelledby={id} class="near-section">
      <h2 id={id}>{title}</h2>
      {isNear && children()}
    </section>
  );
}

import type { ComponentChildren } from "preact";
import { revisionUrl } from "./revision.ts";

export interface TitledProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A line of a list of details. */
export function Detail({ title, children }: TitledProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface RevisionProps {
  readonly revision: string;
  /** The package source. Undefined if the person may not know it. */
  readonly source: string | undefined;
}

/** A revision, with a link if its source has a web page. */
export function RevisionText({ revision, source = "" }: RevisionProps) {
  const url = revisionUrl(source, revision);
  if (url === undefined) return <code>{revision}</code>;
  return (
    <a href={url} rel="noreferrer">
      <code>{revision}</code>
    </a>
  );
}

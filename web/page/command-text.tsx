import { Fragment } from "preact";

interface Props {
  readonly text: string;
}

/** A command. A line that is too long is broken between words, and after a slash in the name of an image. */
export function CommandText({ text }: Props) {
  return (
    <code>
      {text.split(/(?<=\/)/).map((part, place) => (
        <Fragment key={place}>
          {place > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </code>
  );
}

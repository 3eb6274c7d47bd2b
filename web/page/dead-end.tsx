import type { ComponentChildren } from "preact";

interface Props {
  /** What kind of page the address would have. */
  readonly kicker: string;
  readonly title: string;
  /** Says why there is nothing, and what to do. */
  readonly children: ComponentChildren;
}

/** The page at an address that leads to nothing. Offers to compose an image. */
export function DeadEnd({ kicker, title, children }: Props) {
  return (
    <>
      <p class="kicker">{kicker}</p>
      <h1>{title}</h1>
      <p class="lead">{children}</p>
      <p>
        <a class="button" href="/">
          Compose an image
        </a>
      </p>
    </>
  );
}

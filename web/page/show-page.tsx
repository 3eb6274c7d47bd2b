import { type ComponentChild, render } from "preact";
import { Notices } from "./notices.tsx";
import { mainElement, noticesElement } from "./page-elements.ts";

/** Draws a page into its main element, and the notices of the registry below it. The page waits for no notice. */
export function showPage(page: ComponentChild): void {
  avoidMoveBefore();
  render(page, mainElement());
  render(<Notices />, noticesElement());
}

/**
 * Chromium does not update the style of an element whose class has changed just before `moveBefore` moves it. Without
 * this function, Preact moves elements by `insertBefore`.
 */
function avoidMoveBefore(): void {
  Reflect.deleteProperty(Element.prototype, "moveBefore");
}

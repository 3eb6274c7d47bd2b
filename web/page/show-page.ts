import { type ComponentChild, render } from "preact";
import { mainElement } from "./main-element.ts";

/** Draws a page into its main element. */
export function showPage(page: ComponentChild): void {
  avoidMoveBefore();
  render(page, mainElement());
}

/**
 * Chromium does not update the style of an element whose class has changed just before `moveBefore` moves it. Without
 * this function, Preact moves elements by `insertBefore`.
 */
function avoidMoveBefore(): void {
  Reflect.deleteProperty(Element.prototype, "moveBefore");
}

/** The element for a page's own content. Every page has one. */
export function mainElement(): HTMLElement {
  const element = document.querySelector("main");
  if (!element) throw new Error("the page has no main element");
  return element;
}

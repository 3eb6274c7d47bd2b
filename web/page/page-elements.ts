/** The element for a page's own content. Every page has one. */
export function mainElement(): HTMLElement {
  return element("main");
}

/** The element for notices. Every page with a script has one, so that a screen reader hears of what comes into it. */
export function noticesElement(): HTMLElement {
  return element(".notices");
}

function element(selector: string): HTMLElement {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

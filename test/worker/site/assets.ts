import type { Bindings } from "../../../worker/settings.ts";

const PAGES = new Map([
  ["/", "<!doctype html><title>start</title>"],
  ["/build", "<!doctype html><title>build</title>"],
  ["/image", "<!doctype html><title>image</title>"],
  ["/login-needed", "<!doctype html><title>login</title>"],
]);

/** Static assets with the site's pages, as Cloudflare serves them. */
export const ASSETS: Required<Bindings>["ASSETS"] = {
  async fetch(input) {
    const page = PAGES.get(new URL(new Request(input).url).pathname);
    if (page === undefined) return new Response("not found", { status: 404 });
    return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8", ETag: '"page"' } });
  },
};

/** Static assets of a deployment without the pages. */
export const NO_ASSETS: Required<Bindings>["ASSETS"] = {
  fetch: async () => new Response("not found", { status: 404 }),
};

/** The headers that Chromium sends with a navigation. */
export const BROWSER = {
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
};

import type { Assets, Files } from "./bundle.ts";
import { pageHtml } from "./layout.ts";

const SCRIPTLESS = `<noscript><p>This page needs JavaScript. <a href="/docs/quick-start">The quick start</a> does not: an
image's name lists its packages.</p></noscript>`;

const NOT_FOUND = `<p class="kicker">404</p><h1>There is nothing here</h1>
<p class="lead">The address may be mistyped. Images are at <code>/images/&lt;name&gt;</code>, builds at
<code>/builds/&lt;key&gt;</code>.</p>
<p><a class="button" href="/">Compose an image</a></p>`;

/** The pages that are not documentation. The Worker serves `build` and `image` under many addresses. */
export function buildPages(assets: Assets): Files {
  const { compose, live, image } = assets.scripts;
  return new Map([
    [
      "index.html",
      pageHtml(
        {
          title: "Cornice: the name is the image",
          description: "A container registry whose images are built when they are pulled: the name lists Nix packages.",
          main: SCRIPTLESS,
          section: "compose",
          script: compose,
          kind: "app",
        },
        assets,
      ),
    ],
    [
      "build.html",
      pageHtml(
        {
          title: "Build – Cornice",
          description: "The build of a container image, as it runs.",
          main: SCRIPTLESS,
          script: live,
          kind: "app",
        },
        assets,
      ),
    ],
    [
      "image.html",
      pageHtml(
        {
          title: "Image – Cornice",
          description: "The layers and packages of a container image.",
          main: SCRIPTLESS,
          script: image,
          kind: "app",
        },
        assets,
      ),
    ],
    [
      "404.html",
      pageHtml(
        {
          title: "Not found – Cornice",
          description: "There is nothing at this address.",
          main: NOT_FOUND,
          kind: "plain",
        },
        assets,
      ),
    ],
  ]);
}

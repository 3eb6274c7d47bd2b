import type { Assets, Files } from "./bundle.ts";
import { pageHtml } from "./layout.ts";

const SCRIPTLESS = `<noscript><p>This page needs JavaScript. <a href="/docs/quick-start">The quick start</a> does not: an
image's name lists its packages.</p></noscript>`;

const NOT_FOUND = `<p class="kicker">404</p><h1>There is nothing here</h1>
<p class="lead">The address may be mistyped. Images are at <code>/images/&lt;name&gt;</code>, builds at
<code>/builds/&lt;key&gt;</code>.</p>
<p><a class="button" href="/">Compose an image</a></p>`;

/** The Worker answers with this page at the addresses of all that is for users. A link to the same page asks again. */
const LOGIN_NEEDED = `<p class="kicker">401</p><h1>Log in to see this</h1>
<p class="lead">This registry has users. Its images, its builds and its list of packages are for them.</p>
<p>Your browser asks for a user name and a password, the same as for pulling images. The operator of this
registry gives them out.</p>
<p><a class="button" href="">Log in</a></p>
<p>Some packages may be public. You find them on <a href="/">the start page</a>.</p>`;

/** The pages that are not documentation. The Worker serves `build`, `image` and `login-needed` under many addresses. */
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
      "login-needed.html",
      pageHtml(
        {
          title: "Log in – Cornice",
          description: "This page is for the users of the registry.",
          main: LOGIN_NEEDED,
          kind: "plain",
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

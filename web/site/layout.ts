import { RELEASE } from "../../protocol/release.ts";
import type { Assets, Script } from "./bundle.ts";

interface Page {
  readonly title: string;
  /** For search engines and previews. */
  readonly description: string;
  /** The HTML between header and footer. */
  readonly main: string;
  /** Which link of the header leads here. */
  readonly section?: "compose" | "docs";
  readonly script?: Script;
  /** Classes of the body, for the style sheet. */
  readonly kind: "app" | "docs" | "plain";
}

/** A whole page. Scripts draw only into `main` and into the place for notices, which pages without a script lack. */
export function pageHtml({ title, description, main, section, script, kind }: Page, assets: Assets): string {
  const scripts = script
    ? [
        ...script.imports.map((address) => `<link rel="modulepreload" href="${address}">`),
        `<script type="module" src="${script.address}"></script>`,
      ]
    : [];
  const notices = script ? `<div class="notices" role="status"></div>\n` : "";
  const current = (name: string) => (name === section ? ' aria-current="page"' : "");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(description)}">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${assets.style}">
<link rel="icon" type="image/svg+xml" href="${assets.icon}">
${scripts.join("\n")}
</head>
<body class="${kind}">
<a class="skip" href="#main">Skip to the content</a>
<header class="site-header">
<a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true">${MARK}</svg>Cornice</a>
<nav aria-label="Site"><a href="/"${current("compose")}>Compose</a><a href="/docs/"${current("docs")}>Docs</a></nav>
</header>
<main id="main" tabindex="-1">${main}</main>
${notices}<footer class="site-footer"><p>Cornice ${RELEASE} builds container images from Nix packages, when you pull them.</p></footer>
</body>
</html>
`;
}

/** The profile of a cornice: four courses. Each one overhangs the one below. */
const MARK = `<path d="M2 5h28v5H2zM5 12h22v4H5zM9 18h14v3H9zM11 23h10v5H11z"/>`;

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

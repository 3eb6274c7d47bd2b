import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Assets, Files } from "./bundle.ts";
import { escapeHtml, pageHtml } from "./layout.ts";
import { type Document, renderMarkdown } from "./markdown.ts";

/** The groups of the navigation, in order. A page that is in no group comes at the end of the last one. */
const GROUPS: readonly (readonly [title: string, pages: readonly string[]])[] = [
  [
    "Use",
    [
      "quick-start",
      "names",
      "engines",
      "daemons",
      "verify",
      "sources-and-tags",
      "nixpkgs",
      "without-a-registry",
      "faq",
    ],
  ],
  [
    "Run",
    [
      "deploy",
      "one-machine",
      "containers",
      "doctor",
      "proxies",
      "settings",
      "private-registry",
      "security",
      "operating",
      "alerts",
      "garbage-collection",
      "repair",
      "backup",
      "key-rotation",
      "upgrades",
      "scaling",
      "sizing",
      "cost",
    ],
  ],
  ["In depth", ["architecture", "performance", "provenance", "releases"]],
];

/** The documentation: a page for each Markdown file, with navigation. Throws if a link leads nowhere. */
export async function buildDocs(folder: string, assets: Assets): Promise<Files> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).map((name) => name.slice(0, -3));
  const documents = new Map<string, Document>();
  for (const name of names) {
    documents.set(name, renderMarkdown(await readFile(join(folder, `${name}.md`), "utf8"), addressOf));
  }
  checkLinks(documents);
  const files = new Map<string, string | Uint8Array>();
  for (const [name, document] of documents) {
    files.set(`docs/${name}.html`, documentPage(name, document, documents, assets));
    for (const file of attachedFiles(document)) files.set(`docs/${file}`, await readFile(join(folder, file)));
  }
  return files.set("docs/index.html", contentsPage(documents, assets));
}

/** The address on the site that a link leads to. Undefined for a file of the repository that the site does not have. */
function addressOf(href: string): string | undefined {
  if (href.startsWith("../")) return undefined;
  return isBeside(href) ? `/docs/${href.replace(/\.md(?=#|$)/, "")}` : href;
}

/** Whether a link leads to another file of the same folder. */
function isBeside(href: string): boolean {
  return !/^(?:https?:|#|\.\.\/)/.test(href);
}

function isDocument(href: string): boolean {
  return /^[^#]*\.md(?:#|$)/.test(href);
}

function checkLinks(documents: ReadonlyMap<string, Document>): void {
  for (const [name, { links }] of documents) {
    for (const link of links.filter((href) => href.startsWith("#") || (isBeside(href) && isDocument(href)))) {
      const [path = "", anchor] = link.split("#", 2);
      const target = documents.get(path === "" ? name : path.replace(/\.md$/, ""));
      const holds = target !== undefined && (anchor === undefined || target.anchors.has(anchor));
      if (!holds) throw new Error(`docs/${name}.md links to ${link}, which does not exist`);
    }
  }
}

/** Pictures and other files that stand beside the documents. */
function attachedFiles({ links }: Document): string[] {
  return links.filter((href) => isBeside(href) && !isDocument(href)).map((href) => posix.normalize(href));
}

type Documents = ReadonlyMap<string, Document>;

function groupsOf(documents: Documents): [title: string, pages: string[]][] {
  const listed = new Set(GROUPS.flatMap(([, pages]) => pages));
  const others = [...documents.keys()].filter((name) => !listed.has(name)).toSorted();
  return GROUPS.map(([title, pages], place) => {
    const all = place === GROUPS.length - 1 ? [...pages, ...others] : pages;
    return [title, all.filter((name) => documents.has(name))];
  });
}

function documentPage(name: string, document: Document, documents: Documents, assets: Assets): string {
  const order = groupsOf(documents).flatMap(([, pages]) => pages);
  const next = order[order.indexOf(name) + 1];
  const onward = next === undefined ? "" : `<p class="onward">Next: ${linkTo(next, documents)}</p>`;
  const main = `<nav class="docs-nav" aria-label="Documentation">${navigation(name, documents)}</nav>
<article>${document.html}${onward}</article>`;
  return pageHtml(
    { title: `${document.title} – Cornice`, description: document.summary, main, section: "docs", kind: "docs" },
    assets,
  );
}

function navigation(current: string, documents: Documents): string {
  return groupsOf(documents)
    .map(([title, pages]) => {
      const items = pages.map((name) => {
        const sections = name === current ? sectionList(documents.get(name)) : "";
        return `<li>${linkTo(name, documents, name === current)}${sections}</li>`;
      });
      return `<p>${title}</p><ul>${items.join("")}</ul>`;
    })
    .join("");
}

function sectionList(document: Document | undefined): string {
  const items = (document?.sections ?? []).map(({ anchor, html }) => `<li><a href="#${anchor}">${html}</a></li>`);
  return items.length === 0 ? "" : `<ul>${items.join("")}</ul>`;
}

function linkTo(name: string, documents: Documents, isCurrent = false): string {
  const current = isCurrent ? ' aria-current="page"' : "";
  return `<a href="/docs/${name}"${current}>${escapeHtml(documents.get(name)?.title ?? name)}</a>`;
}

function contentsPage(documents: Documents, assets: Assets): string {
  const groups = groupsOf(documents).map(([title, pages]) => {
    const items = pages.map((name) => {
      const summary = escapeHtml(documents.get(name)?.summary ?? "");
      return `<li>${linkTo(name, documents)}<p>${summary}</p></li>`;
    });
    return `<section><h2>${title}</h2><ul>${items.join("")}</ul></section>`;
  });
  const main = `<h1>Documentation</h1><div class="contents">${groups.join("")}</div>`;
  return pageHtml(
    {
      title: "Documentation – Cornice",
      description: "How Cornice is used and run.",
      main,
      section: "docs",
      kind: "plain",
    },
    assets,
  );
}

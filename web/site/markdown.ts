import { Marked, type Token, type Tokens } from "marked";
import { escapeHtml } from "./layout.ts";

/** A Markdown document as the site shows it. */
export interface Document {
  /** Its first heading. */
  readonly title: string;
  /** Its first paragraph, as text. */
  readonly summary: string;
  readonly html: string;
  /** The anchors of its headings. */
  readonly anchors: ReadonlySet<string>;
  readonly sections: readonly Section[];
  /** The addresses in its links, as they are written. */
  readonly links: readonly string[];
}

interface Section {
  readonly anchor: string;
  readonly html: string;
}

/** Renders a document. `resolve` returns a link's address on the site, or undefined if the site has no such file. */
export function renderMarkdown(text: string, resolve: (href: string) => string | undefined): Document {
  const anchors = new Set<string>();
  const sections: Section[] = [];
  const links: string[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: source }: Tokens.Heading) {
        const anchor = freeAnchor(source, anchors);
        const html = this.parser.parseInline(tokens);
        if (depth === 2) sections.push({ anchor, html });
        return `<h${depth} id="${anchor}">${html}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        links.push(href);
        const target = resolve(href);
        const inner = this.parser.parseInline(tokens);
        return target === undefined ? inner : `<a href="${escapeHtml(target)}">${inner}</a>`;
      },
      image({ href, text: alternative }: Tokens.Image) {
        links.push(href);
        return `<img src="${escapeHtml(resolve(href) ?? href)}" alt="${escapeHtml(alternative)}">`;
      },
      // Wide code can be scrolled, also by keyboard.
      code: ({ text: code }: Tokens.Code) => `<pre tabindex="0"><code>${escapeHtml(code)}</code></pre>\n`,
      table(token: Tokens.Table) {
        const titles = token.header.map(({ text: title }) => escapeHtml(plain(title)));
        const cells = (row: Tokens.TableCell[]) =>
          row.map((cell, column) => this.tablecell(cell).replace("<td", `<td data-title="${titles[column]}"`));
        const rows = token.rows.map((row) => `<tr>${cells(row).join("")}</tr>`);
        const head = token.header.map((cell) => this.tablecell(cell)).join("");
        const table = `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
        return `<div class="scrolled" tabindex="0" role="group" aria-label="Table">${table}</div>\n`;
      },
      tablecell({ text: source, tokens, header, align }: Tokens.TableCell) {
        // An empty cell is no title of its column.
        const tag = header && source !== "" ? "th" : "td";
        const number = align === "right" ? ' class="number"' : "";
        return `<${tag}${number}>${this.parser.parseInline(tokens)}</${tag}>`;
      },
    },
  });
  const tokens = marked.lexer(text);
  const html = marked.parser(tokens);
  return { title: firstOf(tokens, "heading"), summary: firstOf(tokens, "paragraph"), html, anchors, sections, links };
}

/** The text of the first heading or paragraph. */
function firstOf(tokens: readonly Token[], type: "heading" | "paragraph"): string {
  const found = tokens.find((token) => token.type === type);
  return plain(found?.raw.replace(/^#+/, "") ?? "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/:$/, ".");
}

/** Removes the marks of links, code and emphasis. */
function plain(text: string): string {
  return text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*]/g, "");
}

/** Makes anchors as GitHub does, so that links work there, too. */
function freeAnchor(heading: string, taken: Set<string>): string {
  const words = plain(heading)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "");
  const base = words.trim().replaceAll(/\s/g, "-");
  let anchor = base;
  for (let number = 1; taken.has(anchor); number++) anchor = `${base}-${number}`;
  taken.add(anchor);
  return anchor;
}

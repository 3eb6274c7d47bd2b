import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../../web/site/markdown.ts";

const DOCUMENT = `# The *title*

First [paragraph](other.md),
with \`code\`.

## A heading, with \`code\`

## A heading, with \`code\`

| a | b | |
|---|--:|---|
| 1 | <b> | |

    <script>

![A plot](plots/a.svg) and [a file](../file.ts)
`;

const rendered = renderMarkdown(DOCUMENT, (href) => (href.startsWith("../") ? undefined : `/docs/${href}`));

describe("a document", () => {
  it("has a title, a first paragraph and links", () => {
    expect(rendered).toMatchObject({ title: "The title", summary: "First paragraph, with code." });
    expect(rendered.links).toEqual(["other.md", "plots/a.svg", "../file.ts"]);
  });

  it("has an anchor for each heading, as GitHub has", () => {
    expect([...rendered.anchors]).toEqual(["the-title", "a-heading-with-code", "a-heading-with-code-1"]);
    expect(rendered.sections[0]?.html).toBe("A heading, with <code>code</code>");
  });

  it("links to the site, but not to files that the site does not have", () => {
    expect(rendered.html).toContain('<a href="/docs/other.md">paragraph</a>');
    expect(rendered.html).toContain('<img src="/docs/plots/a.svg" alt="A plot"> and a file');
  });

  it("can be scrolled by keyboard if it is wide, and shows code as text", () => {
    expect(rendered.html).toContain('<pre tabindex="0"><code>&lt;script&gt;</code></pre>');
    expect(rendered.html).toContain('<div class="scrolled" tabindex="0" role="group" aria-label="Table"><table>');
    expect(rendered.html).toContain('<th>a</th><th class="number">b</th><td></td>');
    expect(rendered.html).toContain('<td data-title="b" class="number">');
  });
});

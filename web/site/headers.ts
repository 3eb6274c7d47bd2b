import { PAGE_HEADERS } from "../../protocol/page-headers.ts";

/**
 * https://developers.cloudflare.com/workers/static-assets/headers/
 * Browsers may keep assets for ever, because their names change with their content.
 */
export const HEADERS = `/*
${Object.entries(PAGE_HEADERS)
  .map(([name, value]) => `  ${name}: ${value}`)
  .join("\n")}

/assets/*
  Cache-Control: public, max-age=31536000, immutable
`;

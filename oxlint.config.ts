import { relative } from "node:path";
import { defineConfig, type OxlintOverride } from "oxlint";
import { ROOMS } from "./oxlint.rooms.ts";

/** Code that runs where Node's modules are not: in a browser, or in workerd as well as in Node. */
const WITHOUT_NODE = /^(protocol|image|worker|web\/(page|compose|image|live))(\/|$)/;

/** Refuses every other relative import. Files of a room stand in its folder, and paths of imports begin with a dot. */
function importsOf(room: string, others: readonly string[]): OxlintOverride {
  const paths = ["protocol", ...others].filter((other) => other !== room).map((other) => relative(room, other));
  const allowed = paths.map((path) => `!${path.startsWith("..") ? path : `./${path}`}/*`);
  const relatives = {
    group: ["../**", "./*/**", ...allowed],
    message: `oxlint.rooms.ts lists the rooms that ${room}/ may import.`,
  };
  const node = { group: ["node:*"], message: "This code also runs where Node's modules are not." };
  return {
    files: [`${room}/*.ts`, `${room}/*.tsx`],
    rules: {
      "no-restricted-imports": ["error", { patterns: WITHOUT_NODE.test(room) ? [relatives, node] : [relatives] }],
    },
  };
}

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "promise"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/no-unsafe-type-assertion": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/consistent-type-imports": "error",
    "import/no-cycle": "error",
    "no-await-in-loop": "off",
    "oxc/no-map-spread": "off",
    "typescript/consistent-return": "off",
    "import/no-unassigned-import": "off",
    "unicorn/require-post-message-target-origin": "off",
    "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
  },
  overrides: [
    { files: ["test/**"], rules: { "unicorn/consistent-function-scoping": "off" } },
    ...Object.entries(ROOMS).map(([room, others]) => importsOf(room, others)),
  ],
  ignorePatterns: ["node_modules", ".wrangler", ".cornice", "dist"],
  env: { builtin: true },
});

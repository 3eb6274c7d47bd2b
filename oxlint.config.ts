import { relative } from "node:path";
import { defineConfig, type OxlintOverride } from "oxlint";

/**
 * The rooms, and the rooms that each may import beside itself and `protocol/`. A room is a folder without its subfolders.
 * An import that is not in this table makes `npm run check` fail. The table has no loop: a test checks it. Before you add
 * an entry, ask whether the code stands in the right room.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],

  "image/closure": [],
  "image/tar": [],
  "image/layers": ["image/closure"],
  "image/keys": ["image/closure", "image/layers"],
  "image/description": ["image/closure", "image/layers"],
  "image/root": ["image/closure", "image/description", "image/tar"],
  "image/trees": ["image/closure", "image/root", "image/tar"],

  "worker/answers": [],
  "worker/memory": [],
  "worker/requests": ["worker/answers"],
  "worker/stores": ["worker/answers", "worker/memory", "worker/requests"],
  "worker/origins": ["worker/answers", "worker/memory", "worker/requests"],
  "worker/pulls": ["worker/memory", "worker/requests"],
  "worker/lost-blobs": ["worker/answers", "worker/memory", "worker/requests", "worker/stores", "worker/origins"],
  "worker/access": ["worker/answers", "worker/memory", "worker/requests", "worker/stores"],
  "worker/builds": [
    "worker/answers",
    "worker/memory",
    "worker/requests",
    "worker/stores",
    "worker/origins",
    "worker/lost-blobs",
    "worker/access",
  ],
  "worker/registry": [
    "worker/answers",
    "worker/memory",
    "worker/requests",
    "worker/stores",
    "worker/pulls",
    "worker/lost-blobs",
    "worker/access",
    "worker/builds",
  ],
  "worker/site": [
    "worker/answers",
    "worker/requests",
    "worker/stores",
    "worker/pulls",
    "worker/access",
    "worker/builds",
    "worker/registry",
  ],
  worker: [
    "worker/answers",
    "worker/memory",
    "worker/requests",
    "worker/stores",
    "worker/origins",
    "worker/pulls",
    "worker/lost-blobs",
    "worker/access",
    "worker/builds",
    "worker/registry",
    "worker/site",
  ],

  "origin/system": ["image/tar"],
  "origin/nars": ["image/closure", "image/tar", "origin/system"],
  "origin/downloads": [],
  "origin/caches": ["image/closure", "origin/system", "origin/downloads"],
  "origin/isolation": ["image/closure", "origin/system"],
  "origin/nix": ["image/closure", "origin/system", "origin/nars", "origin/isolation"],
  "origin/nix": ["image/closure", "origin/system", "origin/caches", "origin/isolation"],
  "origin/stores": ["origin/system"],
  "origin/archives": ["image/closure", "origin/system", "origin/nars", "origin/nix"],
  "origin/sources": ["image/closure", "origin/system", "origin/isolation", "origin/nix", "origin/archives"],
  "origin/archives": ["image/closure", "origin/system", "origin/downloads", "origin/nix"],
  "origin/sources": [
    "image/closure",
    "origin/system",
    "origin/downloads",
    "origin/isolation",
    "origin/nix",
    "origin/archives",
  ],
  "origin/index": ["image/closure", "image/keys", "origin/system", "origin/nix", "origin/stores", "origin/sources"],
  "origin/starter": ["origin/system", "origin/nix"],
  "origin/packing": ["image/closure", "image/layers", "image/root", "image/tar", "origin/system", "origin/nars"],
  "origin/layers": ["image/layers", "origin/system", "origin/stores", "origin/packing"],
  "origin/root": [
    "image/closure",
    "image/root",
    "image/tar",
    "image/trees",
    "origin/system",
    "origin/stores",
    "origin/packing",
  ],
  "origin/package-index": [
    "origin/system",
    "origin/isolation",
    "origin/nix",
    "origin/stores",
    "origin/sources",
    "origin/index",
    "origin/starter",
  ],
  "origin/builds": [
    "image/closure",
    "image/description",
    "image/keys",
    "image/layers",
    "image/root",
    "image/tar",
    "origin/system",
    "origin/isolation",
    "origin/nix",
    "origin/stores",
    "origin/sources",
    "origin/packing",
    "origin/layers",
    "origin/root",
  ],
  "origin/health": [
    "image/closure",
    "origin/system",
    "origin/caches",
    "origin/isolation",
    "origin/nix",
    "origin/stores",
  ],
  "origin/metrics": ["origin/caches", "origin/layers", "origin/builds"],
  "origin/service": [
    "origin/system",
    "origin/isolation",
    "origin/nix",
    "origin/stores",
    "origin/sources",
    "origin/packing",
    "origin/layers",
    "origin/root",
    "origin/index",
    "origin/package-index",
    "origin/builds",
    "origin/health",
    "origin/metrics",
  ],

  "web/page": [],
  "web/compose": ["web/page"],
  "web/image": ["web/page"],
  "web/live": ["web/page"],
  "web/site": [],
  web: ["web/site"],

  popularity: ["image/closure", "image/layers", "origin/nix", "origin/starter"],

  "start/machine": [],
  "start/local-edge": ["start/machine"],
  "start/local-edge/workers": ["worker"],
  start: [
    "worker/access",
    "origin/system",
    "origin/isolation",
    "origin/nix",
    "origin/stores",
    "origin/sources",
    "origin/starter",
    "origin/package-index",
    "origin/builds",
    "origin/service",
    "start/machine",
    "start/local-edge",
  ],
  deploy: ["origin/system"],
  cli: [
    "origin/system",
    "origin/isolation",
    "origin/nix",
    "origin/stores",
    "origin/sources",
    "origin/package-index",
    "origin/service",
    "popularity",
    "start/machine",
    "start",
  ],
};

/** Code that runs where Node's modules are not: in a browser, or in workerd as well as in Node. */
const WITHOUT_NODE = /^(protocol|image|worker|web\/(page|compose|image|live))(\/|$)/;

/** Refuses every other relative import. Files of a room stand in its folder, and paths of imports begin with a dot. */
function importsOf(room: string, others: readonly string[]): OxlintOverride {
  const paths = ["protocol", ...others].filter((other) => other !== room).map((other) => relative(room, other));
  const allowed = paths.map((path) => `!${path.startsWith("..") ? path : `./${path}`}/*`);
  const relatives = {
    group: ["../**", "./*/**", ...allowed],
    message: `oxlint.config.ts lists the rooms that ${room}/ may import.`,
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

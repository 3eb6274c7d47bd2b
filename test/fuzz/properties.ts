import { access } from "./properties/access.ts";
import { accounts } from "./properties/accounts.ts";
import { assembledImages } from "./properties/assembled-images.ts";
import { buildEvents } from "./properties/build-events.ts";
import { buildState } from "./properties/build-state.ts";
import { bundleRecords } from "./properties/bundle-records.ts";
import { caches } from "./properties/caches.ts";
import { debian } from "./properties/debian.ts";
import { documents } from "./properties/documents.ts";
import { endpoints } from "./properties/endpoints.ts";
import { forests } from "./properties/forests.ts";
import { imageNames } from "./properties/image-names.ts";
import { imageRequests } from "./properties/image-requests.ts";
import { imageSignatures } from "./properties/image-signatures.ts";
import { nars } from "./properties/nars.ts";
import { nameIndex } from "./properties/name-index.ts";
import { nixLog } from "./properties/nix-log.ts";
import { nixOutput } from "./properties/nix-output.ts";
import { packageLists } from "./properties/package-lists.ts";
import { publicRules } from "./properties/public-rules.ts";
import { ranges } from "./properties/ranges.ts";
import { records } from "./properties/records.ts";
import { references } from "./properties/references.ts";
import { settings } from "./properties/settings.ts";
import { shownText } from "./properties/shown-text.ts";
import { signatures } from "./properties/signatures.ts";
import { sources } from "./properties/sources.ts";
import { traces } from "./properties/traces.ts";
import { treeRecords } from "./properties/tree-records.ts";
import { trees } from "./properties/trees.ts";
import { verifiedImages } from "./properties/verified-images.ts";
import type { Property } from "./property.ts";

/** The properties of all parsers of foreign input. Input of clients comes first, and the file system last. */
export const PROPERTIES: readonly Property[] = [
  ...imageNames,
  ...references,
  ...endpoints,
  ...ranges,
  ...access,
  ...publicRules,
  ...traces,
  ...imageRequests,
  ...signatures,
  ...imageSignatures,
  ...verifiedImages,
  ...buildEvents,
  ...buildState,
  ...records,
  ...shownText,
  ...nixOutput,
  ...nameIndex,
  ...nixLog,
  ...caches,
  ...packageLists,
  ...sources,
  ...settings,
  ...debian,
  ...documents,
  ...accounts,
  ...nars,
  ...trees,
  ...treeRecords,
  ...bundleRecords,
  ...assembledImages,
  ...forests,
];

/** Without a filter, all properties. A filter is the name of a property, or of a parser (the part before the slash). */
export function chooseProperties(only: string | undefined): readonly Property[] {
  return PROPERTIES.filter(({ name }) => only === undefined || name === only || name.startsWith(`${only}/`));
}

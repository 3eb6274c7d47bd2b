import { OciError } from "../../protocol/oci-error.ts";
import { jsonResponse, LIST_HEADERS } from "../answers/content.ts";
import { CATALOG_PATH } from "../requests/endpoint.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { catalogNames } from "./catalog-names.ts";
import { nextPartHeaders, parseListPart, takeEntries } from "./list-part.ts";

/** The binding that opens the list of all images. */
export interface CatalogBindings {
  readonly CATALOG?: string;
}

/** Whether the registry lists its images. */
export interface CatalogSettings {
  /** Whether clients may read the list of all images. */
  readonly catalog: boolean;
}

/** Adds a wrong setting to `problems`. */
export function parseCatalog({ CATALOG: text = "false" }: CatalogBindings, problems: string[]): CatalogSettings {
  if (text !== "true" && text !== "false") {
    problems.push(`CATALOG is ${JSON.stringify(text)}; it must be true or false`);
  }
  return { catalog: text === "true" };
}

/** The settings with which images are listed. */
type ListSettings = CatalogSettings & ImageSettings & Pick<StoreSettings, "kv">;

/**
 * Lists the images that were built, each under its shortest name, in the order of their packages. A list of images is
 * listed once, under the name that stands for it. Throws `UNSUPPORTED` if the registry does not list its images.
 */
export async function answerCatalog(config: ListSettings, request: Request): Promise<Response> {
  if (!config.catalog) {
    // An empty `Allow` means that no method is allowed: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.1
    throw new OciError("UNSUPPORTED", "this registry does not list its images", { headers: { Allow: "" } });
  }
  const part = parseListPart(request.url);
  const found = await takeEntries(catalogNames(config, part.last), part.limit);
  const headers = { ...LIST_HEADERS, ...nextPartHeaders(CATALOG_PATH, part, found) };
  return jsonResponse({ repositories: found.entries }, headers);
}

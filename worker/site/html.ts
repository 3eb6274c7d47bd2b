import { parseAccept } from "hono/utils/accept";
import { OciError } from "../../protocol/oci-error.ts";
import { logFailure } from "../answers/errors.ts";
import type { RequestContext } from "../requests/request-context.ts";

/** The binding of the static assets. */
export interface AssetBindings {
  /** The files of the pages. A deployment may leave them out. */
  readonly ASSETS?: Pick<Fetcher, "fetch">;
}

/** The static assets. */
export interface AssetSettings {
  readonly assets: Pick<Fetcher, "fetch"> | undefined;
}

/** Takes the static assets from the bindings. */
export function assetSettings({ ASSETS }: AssetBindings): AssetSettings {
  return { assets: ASSETS };
}

/** A subject that is text for a terminal, and a page for a browser. The page asks for its data itself. */
interface View<T> {
  /** The page's path among the static assets. */
  readonly page: "/" | "/build" | "/image";
  /** Throws an `OciError` if there is nothing to show. */
  readonly find: () => Promise<T>;
  readonly describe: (found: T) => Promise<string>;
}

/** Answers with a page or with text, under the same status. Without static assets everybody gets text. */
export async function answerView<T>(
  context: RequestContext<AssetSettings>,
  { page, find, describe }: View<T>,
): Promise<Response> {
  const open = (status: number) => (wantsHtml(context.request) ? openPage(context, page, status) : undefined);
  try {
    const found = await find();
    return (await open(200)) ?? textResponse(await describe(found));
  } catch (error) {
    const answer = error instanceof OciError && canExplain(error) ? await open(error.status) : undefined;
    if (answer) return answer;
    throw error;
  }
}

/** Whether the page can explain the error: its own request to the API gets the same error. */
function canExplain({ status }: OciError): boolean {
  return status === 400 || status === 404;
}

/** Browsers name HTML in `Accept`. Other programs send no `Accept`, or accept any type. */
export function wantsHtml({ headers }: Request): boolean {
  const accepted = parseAccept(headers.get("Accept") ?? "");
  const quality = (wanted: string) => accepted.find(({ type }) => type.toLowerCase() === wanted)?.q ?? 0;
  return quality("text/html") > Math.max(quality("text/plain"), quality("application/json"));
}

/** A page of the static assets. Undefined if there is no such asset. */
export async function openPage(
  { config, request }: RequestContext<AssetSettings>,
  page: string,
  status: number,
): Promise<Response | undefined> {
  const asset = await fetchAsset(config, new URL(page, request.url));
  if (asset?.ok) {
    return new Response(asset.body, {
      status,
      headers: { "Content-Type": "text/html; charset=UTF-8", Vary: "Accept" },
    });
  }
  await asset?.body?.cancel();
  return undefined;
}

async function fetchAsset({ assets }: AssetSettings, url: URL): Promise<Response | undefined> {
  try {
    return await assets?.fetch(url);
  } catch (error) {
    logFailure(`the static assets did not answer for ${url.pathname}`, error);
    return undefined;
  }
}

/** An answer in plain text, which a browser could also have had as a page. */
export function textResponse(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "Content-Type": "text/plain; charset=UTF-8", Vary: "Accept" } });
}

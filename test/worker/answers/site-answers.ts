import { env } from "cloudflare:workers";
import { packageIndexKey } from "../../../protocol/storage-keys.ts";
import { documentPath } from "../../../protocol/web-api.ts";
import { ABSENT_IMAGE } from "../../image/signatures/signed-image.ts";
import { basic, restricted } from "../access/users.ts";
import { describeImage, newSigner, storeAttached } from "../attached.ts";
import { pull } from "../client.ts";
import { buildKeyOf, fail, scriptOrigin } from "../origin.ts";
import { failingR2 } from "../outages.ts";
import { ASSETS, BROWSER } from "../site/assets.ts";
import type { RouteAnswers } from "./route-answers.ts";

const PAGES = { settings: { ASSETS }, init: { headers: BROWSER } };
const ALICE = { Authorization: basic("alice", "wonderland") };
const FOREIGN = { headers: { Origin: "https://evil.example" } };
const MADE_UP = "a1".repeat(32);
const LIST = { by: "client", how: "max-age=300, stale-while-revalidate=86400", vary: "Accept-Encoding" } as const;
const GUESTS_LIST = { by: "client", how: "no-cache", vary: "Accept-Encoding" } as const;

/** The answers of the site's routes, by method and path. */
export async function siteAnswers(): Promise<Readonly<Record<string, RouteAnswers>>> {
  await scriptOrigin("kept-page", fail("MANIFEST_UNKNOWN", "no such package"));
  await (await pull("/v2/kept-page/manifests/latest")).arrayBuffer();
  await storeAttached(ABSENT_IMAGE, await describeImage(ABSENT_IMAGE, await newSigner()));
  return { ...pageAnswers(await buildKeyOf("kept-page")), ...apiAnswers(), ...(await packageAnswers()) };
}

function pageAnswers(key: string): Readonly<Record<string, RouteAnswers>> {
  const events = `/api/builds/${key}/events`;
  const upgrade = { Upgrade: "websocket" };
  return {
    "GET /": { text: { path: "/", status: 200 }, "a page": { path: "/", ...PAGES, status: 200 } },
    "GET /login": {
      "a user": { path: "/login", init: { headers: ALICE }, settings: restricted("basic"), status: 303 },
      "a stranger": { path: "/login", settings: restricted("basic"), status: 401 },
      "a stranger with a browser": {
        path: "/login",
        init: { headers: BROWSER },
        settings: { ...restricted("basic"), ASSETS },
        status: 401,
      },
      "a registry without users": { path: "/login", status: 404 },
    },
    "GET /builds/*": {
      text: { path: `/builds/${key}`, status: 200 },
      "a page": { path: `/builds/${key}`, ...PAGES, status: 200 },
      "no such build": { path: `/builds/${MADE_UP}`, status: 404 },
      "a page for no build": { path: `/builds/${MADE_UP}`, ...PAGES, status: 404 },
    },
    "GET /images/*": {
      text: { path: "/images/kept", status: 200 },
      "a page": { path: "/images/kept", ...PAGES, status: 200 },
      "a wrong name": { path: "/images/Kept", status: 400 },
      "a page for a wrong name": { path: "/images/Kept", ...PAGES, status: 400 },
    },
    "GET /api/builds/:key": {
      "a build": { path: `/api/builds/${key}`, status: 200 },
      "no such build": { path: `/api/builds/${MADE_UP}`, status: 404 },
    },
    "GET /api/builds/:key/events": {
      "a socket": { path: events, init: { headers: upgrade }, status: 101 },
      "no socket": { path: events, status: 426 },
      "a page of another site": { path: events, init: FOREIGN, status: 403 },
      "no such build": { path: `/api/builds/${MADE_UP}/events`, init: { headers: upgrade }, status: 404 },
    },
  };
}

function apiAnswers(): Readonly<Record<string, RouteAnswers>> {
  const order = (body: object) => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return {
    "GET /api/registry": {
      here: { path: "/api/registry", status: 200 },
      "for a guest": { path: "/api/registry", settings: restricted("basic"), status: 200 },
    },
    "GET /api/images/*": {
      "an image": { path: "/api/images/kept", status: 200 },
      "a wrong name": { path: "/api/images/Kept", status: 400 },
      "a tag that is none": { path: "/api/images/kept?tag=sha256-0", status: 404 },
    },
    "GET /api/documents/*": {
      "a document": { path: documentPath(ABSENT_IMAGE.digest, "spdx"), status: 200 },
      "the head of a document": {
        path: documentPath(ABSENT_IMAGE.digest, "spdx"),
        init: { method: "HEAD" },
        status: 200,
      },
      "no such document": { path: `${documentPath(ABSENT_IMAGE.digest, "spdx")}x`, status: 404 },
      "an outage": { path: documentPath(ABSENT_IMAGE.digest, "spdx"), settings: { R2: failingR2() }, status: 503 },
    },
    "GET /api/notices": {
      here: { path: "/api/notices", status: 200 },
      "for a guest": { path: "/api/notices", settings: restricted("basic"), status: 200 },
    },
    "GET /api/popular": {
      listed: { path: "/api/popular", settings: { CATALOG: "true" }, status: 200 },
      off: { path: "/api/popular", status: 404 },
    },
    "POST /api/builds": {
      begun: { path: "/api/builds", init: order({ name: "kept-page", tag: "latest" }), status: 202 },
      "a wrong name": { path: "/api/builds", init: order({ name: "Kept", tag: "latest" }), status: 400 },
      "a page of another site": { path: "/api/builds", init: { method: "POST", ...FOREIGN }, status: 403 },
    },
  };
}

async function packageAnswers(): Promise<Readonly<Record<string, RouteAnswers>>> {
  const list = new Response('{"source":"s","revision":"1","packages":[["kept","1.0","what it is"]]}').body;
  const bytes = await new Response(list?.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
  await env.R2.put(await packageIndexKey(env.PACKAGE_SOURCE), bytes);
  const path = "/api/packages";
  const guest = { settings: restricted("basic", "kept") };
  const user = { ...guest, init: { headers: ALICE } };
  return {
    "GET /api/packages": {
      listed: { path, status: 200, kept: LIST },
      "the browser has it": { path, init: { headers: { "If-None-Match": "*" } }, status: 304, kept: LIST },
      "for a user": { path, ...user, status: 200, kept: LIST },
      "for a guest": { path, ...guest, status: 200, kept: GUESTS_LIST },
      "no list": { path, settings: { PACKAGE_SOURCE: "channel:x" }, status: 404 },
      "a stranger": { path, settings: restricted("basic"), status: 401 },
    },
  };
}

import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { ABSENT_IMAGE } from "../../image/signatures/signed-image.ts";
import type { Endpoint } from "../../../worker/requests/endpoint.ts";
import { restricted } from "../access/users.ts";
import { knowPackages } from "../assembly/known-packages.ts";
import { describeImage, newSigner, storeAttached, storeKeys } from "../attached.ts";
import { makeImage, storeBlob, storeImage, storeInR2 } from "../images.ts";
import { fail, heartbeats, scriptOrigin, succeed } from "../origin.ts";
import { failingKv, failingR2 } from "../outages.ts";
import type { RouteAnswers } from "./route-answers.ts";

const CONTENT = { by: "all", how: "max-age=31536000, immutable, no-transform" } as const;
const TAG = {
  by: "all",
  how: "max-age=60, stale-while-revalidate=300, no-transform",
  vary: "Accept, User-Agent",
} as const;
const LIST = { by: "all", how: "max-age=60, no-transform" } as const;

const HEAD = { method: "HEAD" };
const sending = (name: string, value: string) => ({ headers: { [name]: value } });
const PART = sending("Range", "bytes=0-");
const NO_PART = sending("Range", "bytes=99999-");
const HAS_IT = sending("If-None-Match", "*");
const CONTAINERD = sending("User-Agent", "containerd/2.3.4");
const UNKNOWN = `sha256:${"0".repeat(64)}`;

/** The shortest times that settings allow. */
const IMPATIENT = { MANIFEST_HOLD: "1", BUILD_WAIT: "12" };

/** The answers of `/v2/`, by endpoint. The compiler asks for an entry for each kind. */
export async function registryAnswers(): Promise<Record<Endpoint["kind"], RouteAnswers>> {
  const { oci } = await storeImage("kept");
  await storeAttached(ABSENT_IMAGE, await describeImage(ABSENT_IMAGE, await newSigner()));
  const blob = await storeBlob(new Uint8Array([1, 2, 3]));
  return {
    version: { here: { path: "/v2/", status: 200 } },
    catalog: {
      listed: { path: "/v2/_catalog", settings: { CATALOG: "true" }, status: 200, kept: LIST },
      "a wrong n": { path: "/v2/_catalog?n=x", settings: { CATALOG: "true" }, status: 400 },
      "an outage": { path: "/v2/_catalog", settings: { CATALOG: "true", KV: failingKv() }, status: 503 },
      off: { path: "/v2/_catalog", status: 405 },
    },
    tag: { ...storedTag(), ...(await builtTag()), ...attachedTags() },
    manifest: content(`/v2/kept/manifests/${oci.digest}`, `/v2/kept/manifests/${UNKNOWN}`),
    blob: content(`/v2/kept/blobs/${blob}`, `/v2/kept/blobs/${UNKNOWN}`),
    referrers: {
      listed: { path: `/v2/kept/referrers/${ABSENT_IMAGE.digest}`, status: 200, kept: LIST },
      empty: { path: `/v2/kept/referrers/${UNKNOWN}`, status: 200, kept: LIST },
      "a wrong name": { path: `/v2/Kept/referrers/${UNKNOWN}`, status: 400 },
      "an outage": { path: `/v2/kept/referrers/${UNKNOWN}`, settings: { R2: failingR2() }, status: 503 },
    },
    "tag list": {
      listed: { path: "/v2/kept/tags/list", status: 200, kept: LIST },
      "a wrong n": { path: "/v2/kept/tags/list?n=x", status: 400 },
      "a wrong name": { path: "/v2/Kept/tags/list", status: 404 },
      "an outage": { path: "/v2/kept/tags/list", settings: { KV: failingKv() }, status: 503 },
    },
  };
}

function content(path: string, missing: string): RouteAnswers {
  return {
    GET: { path, status: 200, kept: CONTENT },
    HEAD: { path, init: HEAD, status: 200, kept: CONTENT },
    "from a cache of ours": { path, again: true, status: 200, kept: CONTENT },
    "a part": { path, init: PART, status: 206, kept: CONTENT },
    "a part from a cache of ours": { path, init: PART, again: true, status: 206, kept: CONTENT },
    "the client has it": { path, init: HAS_IT, status: 304, kept: CONTENT },
    "no part": { path, init: NO_PART, status: 416 },
    missing: { path: missing, status: 404 },
    "a wrong name, for clients that print a 403": { path: path.replace("kept", "Kept"), init: CONTAINERD, status: 403 },
    "a wrong digest": { path: missing.replace("sha256", "sha256:"), status: 400 },
    "an outage": { path: missing, settings: { R2: failingR2() }, status: 503 },
  };
}

function storedTag(): RouteAnswers {
  const path = "/v2/kept/manifests/latest";
  return {
    GET: { path, status: 200, kept: TAG },
    HEAD: { path, init: HEAD, status: 200, kept: TAG },
    warm: { path, again: true, status: 200, kept: TAG },
    "for another machine": {
      path,
      init: sending("User-Agent", "docker/28.5.2 os/linux arch/arm64"),
      status: 200,
      kept: TAG,
    },
    "a part": { path, init: PART, status: 206, kept: TAG },
    "the client has it": { path, init: HAS_IT, status: 304, kept: TAG },
    "no part": { path, init: NO_PART, status: 416 },
    "a body": { path, init: sending("Content-Length", "5"), status: 400 },
  };
}

function attachedTags(): RouteAnswers {
  const signature = `/v2/kept/manifests/${attachedTag("signatures", ABSENT_IMAGE.digest)}`;
  return {
    "a signature": { path: signature, status: 200, kept: TAG },
    "the head of a signature": { path: signature, init: HEAD, status: 200, kept: TAG },
    "a signature that the client has": { path: signature, init: HAS_IT, status: 304, kept: TAG },
    "a part of a signature": { path: signature, init: PART, status: 206, kept: TAG },
    "a list of referrers": {
      path: `/v2/kept/manifests/${attachedTag("referrers", ABSENT_IMAGE.digest)}`,
      status: 200,
      kept: TAG,
    },
    "no signature": { path: "/v2/kept/manifests/sha256-0", status: 404 },
    "a signature in an outage": { path: signature, settings: { R2: failingR2() }, status: 503 },
  };
}

async function builtTag(): Promise<RouteAnswers> {
  const image = await makeImage("kept-new");
  await storeInR2(image);
  await scriptOrigin("kept-new", succeed(image));
  await knowPackages(["kept-edge"]);
  await scriptOrigin("kept-slow", { steps: [...heartbeats(100, 200), ...succeed(image).steps] });
  await scriptOrigin("kept-missing", fail("MANIFEST_UNKNOWN", "no such package"));
  await scriptOrigin("kept-down", fail("UNAVAILABLE", "the disk is full"));
  const slow = { path: "/v2/kept-slow/manifests/latest", settings: IMPATIENT };
  return {
    "put together at the edge": { path: "/v2/kept-edge/manifests/latest", status: 200, kept: TAG },
    "just built": { path: "/v2/kept-new/manifests/latest", status: 200, kept: TAG },
    "not built yet": { ...slow, status: 307 },
    "not built yet, for a client that must ask with GET": {
      ...slow,
      path: `${slow.path}?hop=7`,
      init: { method: "HEAD", headers: { "User-Agent": "containerd/1.7.24" } },
      status: 200,
    },
    "not built yet, after the last redirect": { ...slow, path: `${slow.path}?hop=9`, init: CONTAINERD, status: 429 },
    "not built in time": { ...slow, path: `${slow.path}?hop=9`, status: 503 },
    "no such package": { path: "/v2/kept-missing/manifests/latest", status: 404 },
    "no such package, for clients that print a 403": {
      path: "/v2/kept-missing/manifests/latest",
      init: CONTAINERD,
      status: 403,
    },
    "the origin is out of order": { path: "/v2/kept-down/manifests/latest", status: 503 },
    "a page of another site": {
      path: "/v2/kept-foreign/manifests/latest",
      init: sending("Sec-Fetch-Site", "cross-site"),
      status: 403,
    },
  };
}

const TOKENS = restricted("token", "kept");

/** The answers of `/token`. */
export const TOKEN_ANSWERS: RouteAnswers = {
  "a token for a guest": { path: "/token", settings: TOKENS, status: 200 },
  "wrong credentials": { path: "/token", init: sending("Authorization", "Basic eDp5"), settings: TOKENS, status: 401 },
  "another method": { path: "/token", init: { method: "DELETE" }, settings: TOKENS, status: 405 },
  "a registry without tokens": { path: "/token", status: 404 },
};

const KEYS = { by: "all", how: "max-age=300, no-transform" } as const;

/** The answers of `/keys/cosign.pub`. */
export async function keyAnswers(): Promise<RouteAnswers> {
  await storeKeys(await newSigner());
  const path = "/keys/cosign.pub";
  return {
    GET: { path, status: 200, kept: KEYS },
    HEAD: { path, init: HEAD, status: 200, kept: KEYS },
    "another method": { path, init: { method: "DELETE" }, status: 405 },
    "an outage": { path, settings: { R2: failingR2() }, status: 503 },
  };
}

/** The answers for operators. `test/worker/deployment` has the signed ones. */
export const OPERATOR_ANSWERS: Readonly<Record<string, RouteAnswers>> = {
  "GET /healthz": { health: { path: "/healthz", status: 200 } },
  "POST /deployment-check": {
    "no signature": { path: "/deployment-check", init: { method: "POST", body: "{}" }, status: 403 },
    "too large": { path: "/deployment-check", init: { method: "POST", body: "x".repeat(2000) }, status: 400 },
  },
};

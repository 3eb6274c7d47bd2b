import { env } from "cloudflare:workers";
import { formatPasswordHash, hashPassword } from "../../../protocol/password-hash.ts";
import { digestOf } from "../../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { PACKAGES_LABEL } from "../../../protocol/package-label.ts";
import { parseAccess, type RestrictedAccess } from "../../../worker/access/access-settings.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { callWorker } from "../client.ts";
import { storeBlob, storeInKv, storeInR2, storeTag, tagRecord, type TestImage, type TestManifest } from "../images.ts";

/** The hash of the password "wonderland". */
export const HASH = formatPasswordHash(await hashPassword("wonderland"));

/** `USERS` with one user, alice, with this password. */
export const USERS = JSON.stringify({ alice: HASH });

/** The settings of a registry with users. */
export function restricted(scheme: "basic" | "token", publicPackages = ""): Partial<Bindings> {
  return { AUTH: scheme, USERS, PUBLIC: publicPackages };
}

export function restrictedAccess(scheme: "basic" | "token", publicPackages = ""): RestrictedAccess {
  const problems: string[] = [];
  const access = parseAccess(restricted(scheme, publicPackages), env.ORIGIN_SECRET, problems);
  if (access.scheme === "none" || problems.length > 0) throw new Error(problems.join("\n"));
  return access;
}

export function basic(user: string, password: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
}

export function ask(settings: Partial<Bindings>, path: string, authorization?: string): Promise<Response> {
  return callWorker(settings, path, authorization === undefined ? {} : { headers: { Authorization: authorization } })
    .response;
}

/** Makes an image as the origin writes it, with a config that lists its packages. */
export function storePackages(name: string, attributes: string, label = PACKAGES_LABEL): Promise<TestImage> {
  return storeLabels(name, { [label]: attributes });
}

export async function storeLabels(name: string, labels: Readonly<Record<string, string>>): Promise<TestImage> {
  const config = { config: { Labels: labels } };
  const image = { oci: await makeManifest("oci", config), docker: await makeManifest("docker", config) };
  await storeInR2(image);
  await storeInKv(image);
  await storeTag(name, tagRecord(image));
  return image;
}

async function makeManifest(format: "oci" | "docker", config: object): Promise<TestManifest> {
  const blob = new Uint8Array(new TextEncoder().encode(JSON.stringify(config)));
  const digest = await storeBlob(blob);
  const mediaType = MEDIA_TYPES[format].manifest;
  const text = JSON.stringify({ schemaVersion: 2, mediaType, config: { digest, size: blob.length }, layers: [] });
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  return { digest: await digestOf(bytes), mediaType, bytes };
}

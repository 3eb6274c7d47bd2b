import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseConfig } from "../../../origin/service/config.ts";
import { parsePopularity } from "../../../image/layers/popularity.ts";
import { packageName, withoutVersion } from "../../../image/layers/package-name.ts";
import { ConfigError } from "../../../origin/system/settings.ts";
import { jsonLine } from "../odd-json.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { accepted, type Property, property, quickly } from "../property.ts";
import { storePath } from "../valid.ts";

/** A valid configuration. The properties change some of its values. */
const VALID = {
  CORNICE_CHANNEL: "nixos-25.11",
  CORNICE_ORIGIN_SECRET: "a secret of thirty-two characters",
  KV_API_URL: "https://api.cloudflare.com/client/v4/accounts/1",
  KV_NAMESPACE_ID: "1",
  KV_API_TOKEN: "token",
  R2_ENDPOINT: "https://1.r2.cloudflarestorage.com",
  R2_BUCKET: "images",
  R2_ACCESS_KEY_ID: "1",
  R2_SECRET_ACCESS_KEY: "2",
};
const setting = fc.constantFrom(
  ...Object.keys(VALID),
  "CORNICE_PKGS_REPO",
  "CORNICE_FLAKE",
  "CORNICE_PKGS_PATH",
  "CORNICE_CHANNELS_URL",
  "CORNICE_MAX_LAYERS",
  "CORNICE_PACKERS",
  "CORNICE_COMPRESSION",
  "CORNICE_POPULARITY_URL",
  "CORNICE_ALLOWED_REFS",
  "CORNICE_ALLOW_INSECURE",
  "CORNICE_GIT_TOKEN",
  "CORNICE_NIX_SANDBOX",
  "CORNICE_ORIGIN_PORT",
  "CORNICE_LOG_FORMAT",
  "CORNICE_REF_TTL",
  "NIX_TIMEOUT",
);
const value = fc.oneof(
  oddText(),
  fc.integer().map(String),
  fc.constantFrom("1e3", "0x10", "١", "true", "https://[", "http://a b", "file:///x", "https://u:%@h/"),
  mutated(fc.constantFrom(...Object.values(VALID))),
);

const shares = fc.dictionary(
  fc.oneof(fc.constantFrom("glibc", "git"), oddText(8)),
  fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat()),
  { maxKeys: 4, noNullPrototype: true },
);
const popularity = fc.oneof(shares, fc.record({ packages: shares, roots: shares }));

/** `/nix/store/`, a hash, and a name of at most 211 characters: Nix's limit. */
const MAX_PATH = 255;

export const settings: readonly Property[] = [
  property("settings/origin", fc.dictionary(setting, value, { maxKeys: 4 }), (changes) => {
    const config = accepted(
      () => parseConfig({ ...VALID, ...changes }, 2),
      (error) => error instanceof ConfigError && error.problems.length > 0,
    );
    if (!config) return;
    assert.ok(config.secrets.length > 0 && config.secrets.every((secret) => secret.length >= 32));
    assert.ok(config.port >= 1 && config.port <= 65_535 && config.packers >= 1 && config.maxStoreLayers <= 124);
    for (const url of [config.kv.apiUrl, config.r2.endpoint]) assert.match(new URL(url).protocol, /^https?:$/);
  }),

  property("settings/popularity", jsonLine(popularity), (json) => {
    const parsed = accepted(
      () => parsePopularity(json),
      (error) => error instanceof TypeError && error.message.length < 300,
    );
    for (const share of [...(parsed?.packages.values() ?? []), ...(parsed?.roots.values() ?? [])])
      assert.ok(share >= 0 && share <= 1);
  }),

  property(
    "settings/package-names",
    fc.oneof(
      storePath,
      mutated(storePath),
      longText("-", "-1", "-a").map((text) => text.slice(0, MAX_PATH)),
    ),
    (path) => {
      const name = quickly(() => packageName(path));
      assert.ok(name.length <= path.length);
      assert.equal(quickly(() => withoutVersion(name)).length <= name.length, true);
    },
  ),
];

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatPasswordHash, parsePasswordHash } from "../../../protocol/password-hash.ts";
import type { RestrictedAccess } from "../../../worker/access/access-settings.ts";
import { parseCredentials } from "../../../worker/access/credentials.ts";
import { issueToken, readToken } from "../../../worker/access/tokens.ts";
import { parseUsers } from "../../../worker/access/users.ts";
import { jsonLine } from "../odd-json.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";
import { hex } from "../valid.ts";

/** The value of a header as it arrives: one character for each byte. */
const headerText = (text: string) => text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "");

const basic = oddText().map((text) => `Basic ${Buffer.from(text).toString("base64")}`);
const authorization = fc
  .oneof(basic, mutated(basic), fc.constantFrom("Basic Og==", "Bearer x"), oddText(), longText("Bearer ", "=", " "))
  .map(headerText);

const passwordHash = fc.tuple(hex(32), hex(64)).map(([salt, hash]) => `pbkdf2-sha256.100000.${salt}.${hash}`);

function accessOf(tokenKey: string): RestrictedAccess {
  return { scheme: "token", users: new Map(), publicPackages: [], tokenKey };
}
const ACCESS = accessOf("cornice token\na secret\n{}");
const SERVICE = "registry.example";
const grant = fc.record({ user: fc.option(oddText(12), { nil: undefined }), resources: fc.array(oddText(12)) });

export const access: readonly Property[] = [
  property("access/credentials", authorization, (header) => {
    const request = new Request("https://registry.example/v2/", { headers: { Authorization: header } });
    const credentials = quickly(() => parseCredentials(request));
    if (credentials.kind === "password") assert.doesNotMatch(credentials.user, /:/);
    if (credentials.kind === "token") assert.match(credentials.token, /^[A-Za-z0-9._~+/-]+=*$/);
  }),

  property("access/tokens", grant, async ({ user, resources }) => {
    const token = await issueToken(ACCESS, SERVICE, { user, resources });
    const issued: unknown = JSON.parse(JSON.stringify({ user, resources }));
    assert.deepEqual(JSON.parse(JSON.stringify(await readToken(ACCESS, SERVICE, token))), issued);
    assert.equal(await readToken(ACCESS, "other.example", token), undefined);
    assert.equal(await readToken(accessOf("another key"), SERVICE, token), undefined);
  }),

  property(
    "access/forged-tokens",
    fc.tuple(
      grant,
      mutated(fc.constant("00000000000000000000")),
      fc.nat({ max: 1000 }),
      jsonLine(fc.constant({ alg: "none" })),
    ),
    async ([granted, inserted, at, header]) => {
      const token = await issueToken(ACCESS, SERVICE, granted);
      const [, payload = "", signature = ""] = token.split(".");
      const place = at % token.length;
      const unsigned = Buffer.from(header).toString("base64url");
      const forged = [
        `${token.slice(0, place)}${inserted}${token.slice(place + 1)}`,
        `${unsigned}.${payload}.`,
        `${unsigned}.${payload}.${signature}`,
        inserted,
      ];
      const [issued] = [await readToken(ACCESS, SERVICE, token)];
      // The last digit of a signature has unused bits. So a token can have several spellings, but only one meaning.
      for (const text of forged) assert.deepEqual((await readToken(ACCESS, SERVICE, text)) ?? issued, issued);
      assert.equal(await readToken(ACCESS, SERVICE, `${unsigned}.${payload}.`), undefined);
    },
    150,
  ),

  property("access/password-hashes", fc.oneof(passwordHash, mutated(passwordHash), oddText(120)), (text) => {
    const parsed = parsePasswordHash(text);
    if (parsed) assert.equal(formatPasswordHash(parsed), text);
  }),

  property(
    "access/users",
    jsonLine(fc.dictionary(oddText(8), passwordHash, { maxKeys: 3, noNullPrototype: true })),
    (json) => {
      const problems: string[] = [];
      const users = parseUsers(json, problems);
      for (const name of users.keys()) assert.doesNotMatch(name, /[:\p{Cc}]/u);
      for (const problem of problems) assert.doesNotMatch(problem, /[0-9a-f]{64}/);
      assert.ok(users.size > 0 || problems.length > 0);
    },
  ),
];

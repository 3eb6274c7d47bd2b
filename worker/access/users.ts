import { parseJsonObject } from "../../protocol/json-object.ts";
import { type PasswordHash, parsePasswordHash } from "../../protocol/password-hash.ts";

export type Users = ReadonlyMap<string, PasswordHash>;

/** In basic authentication, the first colon ends the name. */
const USER_NAME = /^[^:\p{Cc}]+$/u;

/** Parses the secret `USERS`, a JSON object of names and password hashes. Problems never show hashes. */
export function parseUsers(text: string, problems: string[]): Users {
  const entries = Object.entries(parseJsonObject(text) ?? {});
  if (entries.length === 0) {
    problems.push("USERS must be a JSON object of names and password hashes, as npm run password prints it");
  }
  const users = new Map<string, PasswordHash>();
  for (const [name, value] of entries) {
    const hash = typeof value === "string" ? parsePasswordHash(value) : undefined;
    if (hash && USER_NAME.test(name)) users.set(name, hash);
    else problems.push(`USERS has a wrong name or hash at ${JSON.stringify(name)}; npm run password prints both`);
  }
  return users;
}

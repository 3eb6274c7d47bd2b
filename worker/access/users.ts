import { parseJsonObject } from "../../protocol/json-object.ts";
import { type PasswordHash, parsePasswordHash } from "../../protocol/password-hash.ts";

export type Users = ReadonlyMap<string, PasswordHash>;

/** Basic authentication ends the name at the first colon. */
const USER_NAME = /^[^:\p{Cc}]+$/u;

/** Parses the secret `USERS`, a JSON object of names and password hashes. Problems name users, never hashes. */
export function parseUsers(text: string, problems: string[]): Users {
  const entries = Object.entries(parseJsonObject(text) ?? {});
  if (entries.length === 0) {
    problems.push("USERS must be a JSON object of names and password hashes, as npm run password prints it");
  }
  const users = new Map<string, PasswordHash>();
  for (const [name, value] of entries) {
    const hash = typeof value === "string" ? parsePasswordHash(value) : undefined;
    if (hash && USER_NAME.test(name)) users.set(name, hash);
    else problems.push(`USERS has no name and hash as npm run password prints them at ${JSON.stringify(name)}`);
  }
  return users;
}

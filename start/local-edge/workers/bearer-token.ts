const encoder = new TextEncoder();

/** Compares in constant time, so that nobody can guess the token byte by byte. Hashes have the same length. */
export async function isBearer(authorization: string | null, token: string): Promise<boolean> {
  const [given, expected] = await Promise.all([hash(authorization ?? ""), hash(`Bearer ${token}`)]);
  return crypto.subtle.timingSafeEqual(given, expected);
}

function hash(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}

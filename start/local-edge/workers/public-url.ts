/**
 * The URL of a request as its client knows it. A proxy in front ends TLS, so the registry itself sees `http`. If the client
 * asks for the registry's public host, the scheme is the public one. Addresses in answers then begin with it.
 */
export function publicUrl(url: string, registryUrl: string): string {
  if (registryUrl === "") return url;
  const { protocol, host } = new URL(registryUrl);
  const seen = new URL(url);
  // The port that belongs to the scheme is in no URL.
  const written = URL.parse(`${protocol}//${seen.host}`);
  if (written?.host !== host) return url;
  return `${protocol}//${host}${seen.pathname}${seen.search}`;
}

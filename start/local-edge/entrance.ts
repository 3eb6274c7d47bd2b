/** How clients reach the registry of this machine. */
export interface Entrance {
  /** The IP address where the registry listens. */
  readonly address: string;
  /** Addresses and networks of proxies that say which client they ask for. */
  readonly trustedProxies: readonly string[];
  /** The address by which people know the registry. Empty if they know none but `address`. */
  readonly publicUrl: string;
}

/** This machine alone reaches the registry. */
export const LOOPBACK_ENTRANCE: Entrance = { address: "127.0.0.1", trustedProxies: [], publicUrl: "" };

/** Keeps one value for each key object, such as one memory for the settings of an isolate. */
export interface PerIsolate<Key extends object, Value> {
  /** The key's value. The first call makes it. */
  (key: Key): Value;
  /** The key's value; undefined if it was not made yet. */
  readonly known: (key: Key) => Value | undefined;
}

/**
 * Makes a memory that lasts as long as the isolate. The usual key is the settings object: an isolate has one, and tests
 * make several. The platform may drop an isolate at any time, with its memory.
 *
 * An isolate has 128 MB for everything. These memories hold at most:
 *
 * | memory                                      | limit              |   MiB |
 * | ------------------------------------------- | ------------------ | ----: |
 * | manifests (stores/manifests)                | bytes              |     8 |
 * | tag records (stores/tag-records)            | bytes              |     1 |
 * | warm tags (registry/warm-tags)              | bytes              |     1 |
 * | revalidations (registry/revalidation)       | bytes              |     1 |
 * | condemned objects (stores/read-sweep)       | bytes              |     4 |
 * | pull marks (pulls/mark-pull)                | bytes              |     1 |
 * | lost blobs (registry/restore-blob)          | bytes              |     1 |
 * | copies on their way (stores/colo-copy)      | 32 x 512 KiB       |    16 |
 * | checks on their way (stores/colo-copy)      | 128 x 128 KiB      |    16 |
 * | compressor (assembly/libdeflate)            | its memory         |    16 |
 * | bundles (assembly/find-bundles)             | bytes              |    12 |
 * | indexes of names (assembly/read-index)      | bytes              |     2 |
 * | images on their way (assembly)              | 6 x 3 MiB          |    18 |
 * | blobs seen in R2 (builds/check-stored)      | 20,000 x 200 bytes |     4 |
 * | public manifests (access/public-manifests)  | 10,000 x 200 bytes |     2 |
 * | passwords (access/passwords)                | 1000 x 200 bytes   |   0.2 |
 * | pulls (pulls/pull-tally)                    | 200 x 1 KiB        |   0.2 |
 * | sum                                         |                    | about 103 |
 *
 * The settings, the failed origins and the pause of KV take a few KiB. Durable Objects of this Worker may run in the
 * same isolate. They have limits of their own (builds/viewers, lost-blobs/lost-blob).
 */
export function perIsolate<Key extends object, Value>(make: (key: Key) => Value): PerIsolate<Key, Value> {
  const values = new WeakMap<Key, Value>();
  const valueOf = (key: Key): Value => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    values.set(key, value);
    return value;
  };
  return Object.assign(valueOf, { known: (key: Key) => values.get(key) });
}

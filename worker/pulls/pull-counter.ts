import { DurableObject } from "cloudflare:workers";

/** The most images in the table. The least pulled image makes room. Far fewer images are revalidated. */
const MAX_IMAGES = 1000;
/** The cron trigger multiplies the counts by this four times an hour. So pulls count half after two and a half days. */
const KEPT_SHARE = 0.997;

/** Counts the pulls of one registry, in one place of the world. Isolates report many pulls at a time. */
export class PullCounter extends DurableObject {
  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env);
    context.storage.sql.exec("CREATE TABLE IF NOT EXISTS pulls (image TEXT PRIMARY KEY, count REAL NOT NULL)");
  }

  /** Adds numbers of pulls, by image. A text stands for an image: equal texts are equal images. */
  add(pulls: ReadonlyMap<string, number>): void {
    const { sql } = this.ctx.storage;
    for (const [image, count] of pulls) {
      const counted = sql.exec<{ count: number }>(
        "INSERT INTO pulls VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count RETURNING count",
        image,
        count,
      );
      const isNew = counted.one().count === count;
      if (isNew) sql.exec(REMOVE_LEAST, image, MAX_IMAGES - 1);
    }
  }

  /** The most pulled images, most pulled first. Then makes all counts a little smaller. */
  top(limit: number): string[] {
    const images = this.list(limit);
    this.ctx.storage.sql.exec("UPDATE pulls SET count = count * ?", KEPT_SHARE);
    return images;
  }

  /** The most pulled images, most pulled first. The counts do not change. */
  list(limit: number): string[] {
    const { sql } = this.ctx.storage;
    const rows = sql.exec<{ image: string }>("SELECT image FROM pulls ORDER BY count DESC LIMIT ?", limit).toArray();
    return rows.map(({ image }) => image);
  }
}

/** Never removes the new image: otherwise no new image could enter a full table. */
const REMOVE_LEAST = `DELETE FROM pulls WHERE image IN (
  SELECT image FROM pulls WHERE image <> ? ORDER BY count DESC LIMIT -1 OFFSET ?)`;

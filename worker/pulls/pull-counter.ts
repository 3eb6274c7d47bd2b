import { DurableObject } from "cloudflare:workers";

/** Images that are remembered; the least pulled ones make room. Many times what is ever revalidated. */
const MAX_IMAGES = 1000;
/** What each look of the cron trigger leaves of the counts: at four an hour, old pulls count half after two and a half days. */
const KEPT_SHARE = 0.997;

/** Counts the pulls of one registry, in one place of the world. Isolates report theirs together. */
export class PullCounter extends DurableObject {
  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env);
    context.storage.sql.exec("CREATE TABLE IF NOT EXISTS pulls (image TEXT PRIMARY KEY, count REAL NOT NULL)");
  }

  /** Counts pulls by image. The text stands for the image: equal texts are equal images. */
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

  /** The most pulled images, most pulled first. Older pulls then count a little less than before. */
  top(limit: number): string[] {
    const images = this.list(limit);
    this.ctx.storage.sql.exec("UPDATE pulls SET count = count * ?", KEPT_SHARE);
    return images;
  }

  /** The most pulled images, most pulled first; a look that leaves the counts as they are. */
  list(limit: number): string[] {
    const { sql } = this.ctx.storage;
    const rows = sql.exec<{ image: string }>("SELECT image FROM pulls ORDER BY count DESC LIMIT ?", limit).toArray();
    return rows.map(({ image }) => image);
  }
}

/** A new image stays, or no image could ever come in. */
const REMOVE_LEAST = `DELETE FROM pulls WHERE image IN (
  SELECT image FROM pulls WHERE image <> ? ORDER BY count DESC LIMIT -1 OFFSET ?)`;

import type { BillRow } from "./bill.ts";

export const BILL_COLUMNS = ["name", "version", "license", "layer", "size", "purl"] as const;

export type BillColumn = (typeof BILL_COLUMNS)[number];

export interface BillOrder {
  readonly column: BillColumn;
  readonly isDescending: boolean;
}

/** A row with the places of its layers in the manifest, counted from 0, and the text that a search looks at. */
export interface ListedRow extends BillRow {
  readonly places: readonly number[];
  readonly searched: string;
}

/** `digests` are those of the manifest's layers. */
export function listRows(rows: readonly BillRow[], digests: readonly string[]): readonly ListedRow[] {
  const places = new Map(digests.map((digest, place) => [digest, place]));
  return rows.map((row) => ({
    ...row,
    places: row.layers.flatMap((digest) => places.get(digest) ?? []).toSorted((a, b) => a - b),
    searched: [row.name, row.version, ...row.licenses, row.purl, row.path].join(" ").toLowerCase(),
  }));
}

/**
 * The rows that have all words of the query, in any order. `license` is one that a row must have. The empty license stands
 * for store paths without a known one.
 */
export function findRows(rows: readonly ListedRow[], query: string, license: string | undefined): readonly ListedRow[] {
  const words = query.toLowerCase().split(/\s+/);
  const fits = ({ path, licenses }: BillRow) =>
    license === undefined ||
    (license === "" ? path !== undefined && licenses.length === 0 : licenses.includes(license));
  return rows.filter((row) => fits(row) && words.every((word) => row.searched.includes(word)));
}

/** Numbers in texts count as numbers: 3.9 comes before 3.10. The browser's language makes no difference. */
const COLLATOR = new Intl.Collator("en", { numeric: true });

/** Rows without a value come last, in both directions. Equal rows stay in their order. */
export function sortRows(rows: readonly ListedRow[], { column, isDescending }: BillOrder): readonly ListedRow[] {
  const direction = isDescending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [valueOf(one, column), valueOf(other, column)];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return direction * (typeof a === "number" && typeof b === "number" ? a - b : COLLATOR.compare(`${a}`, `${b}`));
  });
}

function valueOf(row: ListedRow, column: BillColumn): string | number | undefined {
  if (column === "layer") return row.places[0];
  if (column === "license") return row.licenses.length === 0 ? undefined : row.licenses.join(", ");
  return row[column];
}

export interface LicenseCount {
  readonly license: string;
  readonly count: number;
}

/** How many store paths have each license, the most frequent one first, and how many have none that is known. */
export function countLicenses(rows: readonly BillRow[]): {
  readonly known: readonly LicenseCount[];
  readonly unknown: number;
} {
  const paths = rows.filter(({ path }) => path !== undefined);
  const counts = new Map<string, number>();
  for (const { licenses } of paths)
    for (const license of new Set(licenses)) counts.set(license, (counts.get(license) ?? 0) + 1);
  const known = [...counts].map(([license, count]) => ({ license, count }));
  return {
    known: known.toSorted((a, b) => b.count - a.count || COLLATOR.compare(a.license, b.license)),
    unknown: paths.filter(({ licenses }) => licenses.length === 0).length,
  };
}

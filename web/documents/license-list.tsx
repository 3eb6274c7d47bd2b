import { count, formatNumber } from "../page/format.ts";
import type { LicenseCount } from "./bill-table.ts";

interface Props {
  readonly known: readonly LicenseCount[];
  /** Store paths without a known license. */
  readonly unknown: number;
  /** The license that the table shows. "" stands for none that is known. */
  readonly selected: string | undefined;
  readonly onSelect: (license: string | undefined) => void;
}

/** Further licenses are for people who look for them: Debian's packages of one image can have a hundred. */
const SHOWN_AT_ONCE = 12;

/** The licenses of an image's store paths, with numbers. A press shows the parts with this license alone. */
export function LicenseList({ known, unknown, selected, onSelect }: Props) {
  const further = known.slice(SHOWN_AT_ONCE);
  const shown = [...known.slice(0, SHOWN_AT_ONCE), ...(unknown > 0 ? [{ license: UNKNOWN, count: unknown }] : [])];
  return (
    <>
      <Buttons items={shown} selected={selected} onSelect={onSelect} />
      {further.length > 0 && (
        <details class="further-licenses">
          <summary>{count(further.length, "further license")}</summary>
          <Buttons items={further} selected={selected} onSelect={onSelect} />
        </details>
      )}
      {unknown > 0 && (
        <p class="note">
          Nobody has told the license of {count(unknown, "store path")}. A package set tells those of the packages that
          somebody asked for.
        </p>
      )}
    </>
  );
}

/** Stands for no license that is known. */
const UNKNOWN = "";

interface ButtonsProps extends Pick<Props, "selected" | "onSelect"> {
  readonly items: readonly LicenseCount[];
}

function Buttons({ items, selected, onSelect }: ButtonsProps) {
  return (
    <ul class="licenses">
      {items.map(({ license, count: paths }) => (
        <li key={license}>
          <button
            type="button"
            class="license"
            aria-pressed={selected === license}
            onClick={() => onSelect(selected === license ? undefined : license)}
          >
            {license === UNKNOWN ? "unknown" : license} <b>{formatNumber(paths)}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}

import { compareText } from "../../protocol/compare-text.ts";

/** A text of one or more lists. */
interface MergedText<Label> {
  readonly text: string;
  /** The labels of the lists that have the text. */
  readonly labels: readonly Label[];
}

/** A sorted list without repetitions, read one text after the other. */
interface LabelledList<Label> {
  readonly label: Label;
  readonly texts: AsyncGenerator<string, void>;
}

/** Merges sorted lists of ASCII texts into one. Reads no further than it is read. */
export async function* mergeSorted<Label>(lists: readonly LabelledList<Label>[]): AsyncGenerator<MergedText<Label>> {
  let heads = await Promise.all(lists.map(readNext));
  for (;;) {
    const [text] = heads.flatMap((head) => head.text ?? []).toSorted(compareText);
    if (text === undefined) return;
    yield { text, labels: heads.filter((head) => head.text === text).map(({ list }) => list.label) };
    heads = await Promise.all(heads.map(async (head) => (head.text === text ? readNext(head.list) : head)));
  }
}

interface Head<Label> {
  readonly list: LabelledList<Label>;
  /** Undefined at the end of the list. */
  readonly text: string | undefined;
}

async function readNext<Label>(list: LabelledList<Label>): Promise<Head<Label>> {
  const { value } = await list.texts.next();
  return { list, text: value ?? undefined };
}

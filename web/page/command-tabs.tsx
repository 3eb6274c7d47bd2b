import type { Command } from "./commands.ts";
import { CommandText } from "./command-text.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Tabs } from "./tabs.tsx";

interface Props {
  readonly label: string;
  readonly commands: readonly Command[];
  readonly selected: string;
  readonly onSelect: (id: string) => void;
}

/** Commands in tabs, each with a button that copies it. */
export function CommandTabs({ label, commands, selected, onSelect }: Props) {
  const command = commands.find(({ id }) => id === selected) ?? commands[0];
  if (!command) return null;
  return (
    <Tabs label={label} tabs={commands} selected={command.id} onSelect={onSelect}>
      <div class="command">
        <pre tabIndex={0} aria-label={`${command.title} command`} role="group">
          <CommandText text={command.text} />
        </pre>
        <CopyButton text={command.text} what={`the ${command.title} command`} />
      </div>
      {command.note !== undefined && <p class="note">{command.note}</p>}
    </Tabs>
  );
}

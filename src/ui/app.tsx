/** The screen as Ink lays it out. Only here and in painter.tsx is anything of Ink or React. */
import { Box, Transform } from 'ink';
import type { ReactNode } from 'react';
import type { UiState } from './model.ts';
import type { Area } from './view-layout.ts';
import { type Screen, viewScreen } from './view-screen.ts';

/** All of the view in one state. */
export function App({ state }: { readonly state: UiState }): ReactNode {
  const screen = viewScreen(state);
  if (typeof screen === 'string') return <Lines lines={[screen]} area={{ columns: screen.length, rows: 1 }} />;
  const { columns, rows } = screen.layout.screen;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Lines lines={screen.header} area={{ columns, rows: 1 }} />
      <Body screen={screen} />
      <Lines lines={screen.footer} area={{ columns, rows: 2 }} />
    </Box>
  );
}

function Body({ screen }: { readonly screen: Screen }): ReactNode {
  const { panel, layout } = screen;
  if (panel !== undefined) {
    const { columns, rows } = layout.screen;
    return <Titled title={panel.title} lines={panel.lines} area={{ columns, rows: rows - 4 }} />;
  }
  return (
    <Box flexDirection={layout.isSideBySide ? 'row' : 'column'} columnGap={layout.isSideBySide ? 1 : 0}>
      <Lines lines={screen.tree} area={layout.tree} />
      <Titled title={screen.logTitle} lines={screen.log} area={layout.log} />
    </Box>
  );
}

interface LinesProps {
  readonly lines: readonly string[];
  readonly area: Area;
}

function Titled({ title, lines, area }: LinesProps & { readonly title: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column">
      <Lines lines={title} area={{ columns: area.columns, rows: 1 }} />
      <Lines lines={lines} area={area} />
    </Box>
  );
}

/**
 * Lines that fit already. Ink measures every text that it is given and remembers its size for ever; so it is given blanks,
 * always the same for one area, and the text takes their place when they are drawn.
 */
function Lines({ lines, area }: LinesProps): ReactNode {
  if (area.rows === 0) return null;
  const blanks = Array.from({ length: area.rows }, () => ' ').join('\n');
  return (
    <Box width={area.columns} height={area.rows}>
      <Transform transform={(_blank, row) => lines[row] ?? ''}>{blanks}</Transform>
    </Box>
  );
}

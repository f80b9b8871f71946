// The page: draws one dashboard, and says when it is done.
//
// Its address tells it what: ?dashboard=overview&prometheus=http://…&now=epoch milliseconds&width=1600&var-cluster=…
import '@fontsource/noto-sans-sc/400.css';
import { FieldType, ThemeContext, createTheme } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles } from '@grafana/ui';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { DashboardView, placeOf, seen } from './DashboardView';
import { marksOf } from './annotations';
import type { Dashboard } from './dashboard';
import { type Drawn, dataOf } from './data';
import { same, smaller } from './pictures';
import { fillRegistries } from './registries';
import { stopTheClock, timeRange } from './time';
import { resolveVariables } from './variables';

declare global {
  interface Window {
    /** What came of the drawing: panels without data, and those that failed. */
    outcome?: { empty: string[]; failed: string[]; height: number };
    same: typeof same;
    smaller: typeof smaller;
  }
}

const asked = new URLSearchParams(window.location.search);
const width = Number(asked.get('width') ?? 1600);

async function draw(): Promise<void> {
  stopTheClock();
  fillRegistries();
  await initPluginTranslations('page');
  const theme = createTheme({
    colors: { mode: asked.get('theme') === 'light' ? 'light' : 'dark' },
    typography: { fontFamily: "'Inter', 'Noto Sans SC', sans-serif" }, // names are Chinese, too
  });
  const dashboard = (await (await fetch(`dashboards/${asked.get('dashboard')}.json`)).json()) as Dashboard;
  const range = timeRange(dashboard.time.from, dashboard.time.to);
  const variables = await resolveVariables(dashboard, range, asked);
  const panels = seen(dashboard).filter((panel) => panel.type !== 'row');
  const drawn = new Map<number, Drawn>();
  await Promise.all(
    panels.map(async (panel) => drawn.set(panel.id, await dataOf(panel, range, variables, placeOf(panel, width).width, theme)))
  );
  const marks = await marksOf(dashboard, range, variables);
  const root = createRoot(document.getElementById('root') as HTMLElement);
  const show = (what?: React.ReactNode) =>
    root.render(
      <ThemeContext.Provider value={theme}>
        <GlobalStyles />
        {what}
      </ThemeContext.Provider>
    );
  flushSync(show);
  await fonts([...drawn.values()]);
  show(<DashboardView dashboard={dashboard} range={range} variables={variables} drawn={drawn} marks={marks} width={width} />);
  await quiet();
  const named = (wanted: (each: Drawn) => boolean) =>
    panels.filter((panel) => wanted(drawn.get(panel.id) as Drawn)).map((panel) => `${panel.id} ${panel.title}`);
  window.outcome = {
    empty: named((each) => !each.error && each.frames.every((frame) => frame.length === 0)).filter(
      (name) => panels.find((panel) => name.startsWith(`${panel.id} `))?.type !== 'text'
    ),
    failed: panels.flatMap((panel) => drawn.get(panel.id)?.error ? [`${panel.id} ${panel.title}: ${drawn.get(panel.id)?.error}`] : []),
    height: document.getElementById('root')?.scrollHeight ?? 0,
  };
}

/** The fonts, before anything is measured: axes and columns are as wide as their texts. */
async function fonts(drawn: Drawn[]): Promise<void> {
  const fields = drawn.flatMap(({ frames }) => frames).flatMap((frame) => frame.fields);
  const texts = JSON.stringify(fields.map((field) => [field.labels, field.type === FieldType.string ? field.values : []]));
  const wanted = ["400 12px 'Inter'", "500 12px 'Inter'", "400 12px 'Noto Sans SC'"];
  await Promise.all(wanted.map((font) => document.fonts.load(font, texts)));
}

/** Once icons had their time, and fonts that were not foreseen. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await document.fonts.ready;
}

Object.assign(window, { same, smaller });
draw().catch((error: unknown) => {
  window.outcome = { empty: [], failed: [String(error)], height: 0 };
});

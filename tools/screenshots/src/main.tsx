// The page: draws one dashboard, and says when it is done.
//
// Its address tells it what: ?dashboard=overview&prometheus=http://…&now=epoch milliseconds&width=1600&var-cluster=…
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import '@fontsource/noto-sans-sc/400.css';
import '@fontsource/roboto-mono/400.css';
import { ThemeContext, createTheme } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { DashboardView, placeOf, seen } from './DashboardView';
import { marksOf } from './annotations';
import type { Dashboard } from './dashboard';
import { type Drawn, dataOf } from './data';
import { fillRegistries } from './registries';
import { smaller } from './smaller';
import { stopTheClock, timeRange } from './time';
import { resolveVariables } from './variables';

declare global {
  interface Window {
    /** What came of the drawing: panels without data, and those that failed. */
    outcome?: { empty: string[]; failed: string[]; height: number };
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
  createRoot(document.getElementById('root') as HTMLElement).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <DashboardView dashboard={dashboard} range={range} variables={variables} drawn={drawn} marks={marks} width={width} />
    </ThemeContext.Provider>
  );
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

/** Once fonts are there, and icons had their time. */
async function quiet(): Promise<void> {
  await document.fonts.ready;
  await new Promise((resolve) => setTimeout(resolve, 1500));
}

window.smaller = smaller;
draw().catch((error: unknown) => {
  window.outcome = { empty: [], failed: [String(error)], height: 0 };
});

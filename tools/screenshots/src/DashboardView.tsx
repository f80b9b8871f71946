// A whole dashboard: its head, and its panels on Grafana's grid of 24 columns.
import type { TimeRange } from '@grafana/data';
import { Icon, PanelChrome, useTheme2 } from '@grafana/ui';
import type { Mark } from './annotations';
import type { Dashboard, Panel } from './dashboard';
import type { Drawn } from './data';
import { Graph } from './panels/Graph';
import { StateTimeline } from './panels/StateTimeline';
import { Table } from './panels/Table';
import { Text } from './panels/Text';
import { Bars, Stat } from './panels/Values';
import type { PanelProps } from './panels/props';
import { type Chosen, fill, forTitle } from './variables';

const CELL = 30;
const GAP = 8;
const MARGIN = 16;
const HEAD = 92;

const KINDS: Record<string, (props: PanelProps) => React.JSX.Element> = {
  stat: Stat,
  gauge: Bars,
  bargauge: Bars,
  timeseries: Graph,
  table: Table,
  text: Text,
  'state-timeline': StateTimeline,
  'status-history': StateTimeline,
};

/** The place of a panel in pixels. */
export function placeOf({ gridPos: { x, y, w, h } }: Panel, width: number) {
  const column = (width - 2 * MARGIN + GAP) / 24;
  return {
    left: MARGIN + x * column,
    top: HEAD + y * (CELL + GAP),
    width: w * column - GAP,
    height: h * (CELL + GAP) - GAP,
  };
}

/** The panels that are seen, in order: those of an open row stand beside it, those of a closed one do not show. */
export function seen(dashboard: Dashboard): Panel[] {
  return dashboard.panels.flatMap((panel) => (panel.type === 'row' && !panel.collapsed ? [panel, ...(panel.panels ?? [])] : [panel]));
}

interface Props {
  dashboard: Dashboard;
  range: TimeRange;
  variables: Chosen[];
  drawn: Map<number, Drawn>;
  marks: Mark[];
  width: number;
}

/** The dashboard. */
export function DashboardView({ dashboard, range, variables, drawn, marks, width }: Props) {
  const theme = useTheme2();
  const title = (text: string) => fill(text, variables, {}, forTitle);
  const panels = seen(dashboard);
  const height = Math.max(...panels.map((panel) => placeOf(panel, width).top + placeOf(panel, width).height)) + MARGIN;
  return (
    <div style={{ position: 'relative', width, height, background: theme.colors.background.canvas, color: theme.colors.text.primary }}>
      <Head dashboard={dashboard} range={range} variables={variables} />
      {panels.map((panel) => {
        const place = placeOf(panel, width);
        return (
          <div key={panel.id} style={{ position: 'absolute', ...place }}>
            {panel.type === 'row' ? (
              <RowHead title={title(panel.title)} collapsed={panel.collapsed} />
            ) : (
              <Framed panel={panel} drawn={drawn.get(panel.id)} fallback={range} marks={marks} fill={title} {...place} />
            )}
          </div>
        );
      })}
    </div>
  );
}

interface FramedProps {
  panel: Panel;
  drawn?: Drawn;
  fallback: TimeRange;
  marks: Mark[];
  width: number;
  height: number;
  fill: (text: string) => string;
}

function Framed({ panel, drawn, fallback, marks, width, height, fill: filled }: FramedProps) {
  const Kind = KINDS[panel.type];
  if (!Kind) {
    throw new Error(`panel ${panel.id}: the type ${panel.type} is not drawn here`);
  }
  return (
    <PanelChrome
      title={filled(panel.title)}
      description={panel.description}
      width={width}
      height={height}
      displayMode={panel.transparent ? 'transparent' : 'default'}
      padding={panel.type === 'table' ? 'none' : 'md'}
      statusMessage={drawn?.error}
    >
      {(innerWidth, innerHeight) => (
        <Kind
          panel={panel}
          frames={drawn?.frames ?? []}
          range={drawn?.range ?? fallback}
          width={innerWidth}
          height={innerHeight}
          marks={marks}
          fill={filled}
        />
      )}
    </PanelChrome>
  );
}

function RowHead({ title, collapsed }: { title: string; collapsed?: boolean }) {
  return (
    <div style={{ display: 'flex', alignItems: 'center', gap: 8, height: '100%', fontSize: 18, fontWeight: 500 }}>
      <Icon name={collapsed ? 'angle-right' : 'angle-down'} /> {title}
    </div>
  );
}

/** Title, variables, links and times. It looks like Grafana's, but is ours. */
function Head({ dashboard, range, variables }: Pick<Props, 'dashboard' | 'range' | 'variables'>) {
  const { colors, shape } = useTheme2();
  const box = { border: `1px solid ${colors.border.medium}`, borderRadius: shape.radius.default, padding: '4px 8px' };
  const visible = variables.filter(({ variable }) => variable.hide !== 2);
  return (
    <div style={{ padding: `14px ${MARGIN}px 0`, height: HEAD, boxSizing: 'border-box' }}>
      <div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center' }}>
        <span style={{ fontSize: 18, fontWeight: 500 }}>{dashboard.title}</span>
        <span style={{ ...box, background: colors.background.secondary }}>
          <Icon name="clock-nine" size="sm" /> {words(range)} <span style={{ color: colors.text.secondary }}>UTC</span>
        </span>
      </div>
      <div style={{ display: 'flex', gap: 16, marginTop: 6, alignItems: 'center' }}>
        {visible.map((each) => (
          <span key={each.variable.name} style={{ display: 'flex', whiteSpace: 'nowrap' }}>
            <span style={{ ...box, background: colors.background.secondary, borderRight: 0 }}>
              {each.variable.label || each.variable.name}
            </span>
            <span style={{ ...box, background: colors.background.primary }}>{forTitle(each) || 'none'}</span>
          </span>
        ))}
        <span style={{ flexGrow: 1 }} />
        {(dashboard.links ?? []).map((link) => (
          <span key={link.title} style={{ ...box, background: colors.background.secondary, whiteSpace: 'nowrap' }}>
            <Icon name={link.type === 'link' ? 'external-link-alt' : 'apps'} size="sm" /> {link.title || link.tags?.join(', ')}
          </span>
        ))}
      </div>
    </div>
  );
}

const UNITS: Record<string, string> = { m: 'minutes', h: 'hours', d: 'days' };

function words({ raw }: TimeRange): string {
  const last = /^now-(\d+)([mhd])$/.exec(String(raw.from));
  return last && raw.to === 'now' ? `Last ${last[1]} ${UNITS[last[2]]}` : `${raw.from} to ${raw.to}`;
}

// A state timeline. Grafana's own component is not on npm: this one is ours, in the same look, and simpler.
import { type DataFrame, type Field, FieldType, dateTimeFormat, getFieldDisplayName } from '@grafana/data';
import { VizLegend, type VizLegendItem, useTheme2 } from '@grafana/ui';
import { NoData } from './Graph';
import type { PanelProps } from './props';

interface Span {
  from: number;
  to: number;
  text: string;
  color: string;
}

interface Lane {
  name: string;
  spans: Span[];
}

const AXIS = 24;
const LEGEND = 26;

/** Lanes of coloured spans over time. */
export function StateTimeline({ panel, frames, range, width, height }: PanelProps) {
  const theme = useTheme2();
  const lanes = frames.flatMap((frame) => lanesOf(frame, frames));
  if (lanes.length === 0) {
    return <NoData height={height} text={panel.fieldConfig.defaults.noValue} />;
  }
  const legend = panel.options.legend?.showLegend === false ? [] : legendOf(lanes);
  const names = Math.min(Math.max(...lanes.map((lane) => lane.name.length)) * 6.6 + 12, width / 3);
  const [begin, end] = [range.from.valueOf(), range.to.valueOf()];
  const scale = (width - names - 8) / (end - begin);
  const plot = height - AXIS - (legend.length ? LEGEND : 0);
  const lane = plot / lanes.length;
  const row = lane * (panel.options.rowHeight ?? 0.9);
  const shown = panel.options.showValue ?? 'auto';
  return (
    <div style={{ position: 'relative', width, height, fontSize: 12, overflow: 'hidden' }}>
      {lanes.map(({ name, spans }, index) => (
        <div key={name} style={{ position: 'absolute', top: index * lane + (lane - row) / 2, height: row, width }}>
          <span style={{ ...TEXT, width: names - 8, lineHeight: `${row}px`, textAlign: 'right' }}>{name}</span>
          {spans.map(({ from, to, text, color }) => {
            const left = names + (Math.max(from, begin) - begin) * scale;
            const long = Math.max((Math.min(to, end) - Math.max(from, begin)) * scale, 1);
            const fits = shown === 'always' || (shown === 'auto' && long > text.length * 6.6 + 8);
            return (
              <span
                key={from}
                style={{
                  ...TEXT,
                  left,
                  width: long,
                  height: row,
                  lineHeight: `${row}px`,
                  textAlign: panel.options.alignValue ?? 'left',
                  textIndent: panel.options.alignValue === 'center' ? 0 : 4,
                  background: color,
                  opacity: (panel.fieldConfig.defaults.custom?.fillOpacity ?? 70) / 100 + 0.2,
                  color: theme.colors.getContrastText(color),
                }}
              >
                {fits ? text : ''}
              </span>
            );
          })}
        </div>
      ))}
      {ticksOf(begin, end, width - names).map((tick) => (
        <span key={tick} style={{ ...TEXT, top: plot + 4, left: names + (tick - begin) * scale - 45, width: 90, textAlign: 'center' }}>
          {dateTimeFormat(tick, { format: end - begin > 25 * 3_600_000 ? 'MM-DD' : 'HH:mm', timeZone: 'utc' })}
        </span>
      ))}
      {legend.length > 0 && (
        <div style={{ position: 'absolute', top: height - LEGEND, width }}>
          <VizLegend items={legend} placement="bottom" readonly />
        </div>
      )}
    </div>
  );
}

const TEXT: React.CSSProperties = { position: 'absolute', overflow: 'hidden', whiteSpace: 'nowrap', textOverflow: 'ellipsis' };

function lanesOf(frame: DataFrame, all: DataFrame[]): Lane[] {
  const time = frame.fields.find((field) => field.type === FieldType.time);
  return frame.fields
    .filter((field) => field !== time && field.type !== FieldType.time)
    .map((field) => ({ name: getFieldDisplayName(field, frame, all), spans: time ? spansOf(time, field) : [] }));
}

function spansOf(time: Field<number>, field: Field): Span[] {
  const spans: Span[] = [];
  let last: unknown = null;
  const step = time.config.interval ?? 0;
  field.values.forEach((value: unknown, index: number) => {
    const at = time.values[index];
    if (value === null || value === undefined) {
      last = null;
      return;
    }
    const { text, color = '#808080', suffix = '' } = field.display?.(value) ?? { text: String(value) };
    if (value === last && spans.length) {
      spans[spans.length - 1].to = at + step;
    } else {
      spans.push({ from: at, to: at + step, text: `${text}${suffix}`, color });
    }
    last = value;
  });
  return spans;
}

function legendOf(lanes: Lane[]): VizLegendItem[] {
  const spans = lanes.flatMap((lane) => lane.spans);
  const first = spans.filter((span, index) => spans.findIndex((other) => other.text === span.text) === index);
  return first.map(({ text, color }) => ({ label: text, color, yAxis: 1 }));
}

const STEPS = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * 60_000);

function ticksOf(begin: number, end: number, width: number): number[] {
  const fitting = STEPS.find((each) => ((end - begin) / each) * 90 < width) ?? 7 * 86_400_000;
  const step = end - begin > 25 * 3_600_000 ? Math.max(fitting, 86_400_000) : fitting; // only days are written then
  const ticks: number[] = [];
  for (let tick = Math.ceil(begin / step) * step; tick <= end; tick += step) {
    ticks.push(tick);
  }
  return ticks;
}

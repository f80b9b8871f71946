// A time series panel, with the marks of the dashboard's annotations.
import { type DataFrame, type GrafanaTheme2, FieldType } from '@grafana/data';
import { TimeSeries, type UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import type { Mark } from '../annotations';
import type { PanelProps } from './props';

const LEGEND = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };

/** A time series panel. */
export function Graph({ panel, frames, range, width, height, marks }: PanelProps) {
  const theme = useTheme2();
  const graphable = frames.filter((frame) => frame.fields.some((field) => field.type === FieldType.number));
  if (graphable.length === 0) {
    return <NoData height={height} text={panel.fieldConfig.defaults.noValue} />;
  }
  return (
    <TimeSeries
      frames={graphable}
      structureRev={1}
      timeRange={range}
      timeZone="utc"
      width={width}
      height={height}
      legend={{ ...LEGEND, ...panel.options.legend }}
      options={panel.options}
    >
      {(config: UPlotConfigBuilder, _: DataFrame) => {
        drawMarks(config, marks, theme);
        return null;
      }}
    </TimeSeries>
  );
}

const drawn = new WeakSet<UPlotConfigBuilder>();

function drawMarks(config: UPlotConfigBuilder, marks: Mark[], theme: GrafanaTheme2): void {
  if (drawn.has(config)) {
    return;
  }
  drawn.add(config);
  config.addHook('draw', (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from, to, color } of marks) {
      const left = Math.round(plot.valToPos(from, 'x', true));
      const right = Math.round(plot.valToPos(to, 'x', true));
      ctx.fillStyle = ctx.strokeStyle = theme.visualization.getColorByName(color);
      ctx.globalAlpha = 0.12;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.globalAlpha = 1;
      ctx.setLineDash([5, 5]);
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (const x of right > left ? [left, right] : [left]) {
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
      }
      ctx.stroke();
    }
    ctx.restore();
  });
}

/** What Grafana shows where a query gives nothing. */
export function NoData({ height, text }: { height: number; text?: string }) {
  return <div style={{ height, display: 'grid', placeItems: 'center', opacity: 0.8 }}>{text || 'No data'}</div>;
}

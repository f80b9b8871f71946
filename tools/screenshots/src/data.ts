// From a panel's queries to the frames that are drawn: asked, transformed, and told how to look.
import {
  type DataFrame,
  type GrafanaTheme2,
  type TimeRange,
  applyFieldOverrides,
  cacheFieldDisplayNames,
  transformDataFrame,
} from '@grafana/data';
import { cloneDeep, merge } from 'lodash';
import { lastValueFrom } from 'rxjs';
import type { Panel, Target } from './dashboard';
import { instant, matrix, seriesFrames, tableFrame } from './prometheus';
import { registryFor } from './registries';
import { stepOf, timeRange, timeVariables } from './time';
import { type Chosen, fill, forTitle } from './variables';

export interface Drawn {
  frames: DataFrame[];
  range: TimeRange;
  error?: string;
}

// What a new time series panel has in Grafana, where a dashboard says nothing.
const TIME_SERIES = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  showPoints: 'auto',
  pointSize: 5,
  spanNulls: false,
  stacking: { mode: 'none', group: 'A' },
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisBorderShow: false,
  scaleDistribution: { type: 'linear' },
  axisCenteredZero: false,
  hideFrom: { tooltip: false, viz: false, legend: false },
  thresholdsStyle: { mode: 'off' },
  barAlignment: 0,
};
const TABLE = { align: 'auto', inspect: false, cellOptions: { type: 'auto' } };
const CUSTOM: Record<string, Record<string, unknown>> = { timeseries: TIME_SERIES, table: TABLE };
const COLOR: Record<string, string> = { timeseries: 'palette-classic', 'state-timeline': 'continuous-GrYlRd' };

/** The frames of a panel, ready to draw; what goes wrong is told by ``error``. */
export async function dataOf(
  panel: Panel,
  whole: TimeRange,
  variables: Chosen[],
  width: number,
  theme: GrafanaTheme2
): Promise<Drawn> {
  const range = panel.timeFrom ? timeRange(`now-${panel.timeFrom}`, 'now') : whole;
  const step = stepOf(range, panel.maxDataPoints ?? width, panel.interval);
  const more = timeVariables(range, step);
  try {
    const targets = (panel.targets ?? []).filter((target) => !target.hide);
    const tables = targets.filter((target) => target.format === 'table').length;
    const answers = await Promise.all(
      targets.map((target) => framesOf({ ...target, expr: fill(target.expr, variables, more) }, range, step, tables > 1))
    );
    const frames = await transformed(answers.flat(), panel, (text) => fill(text, variables, more, forTitle));
    return { frames: styled(frames, panel, theme, (text) => fill(text, variables, more, forTitle)), range };
  } catch (error) {
    return { frames: [], range, error: String(error) };
  }
}

async function framesOf(target: Target, range: TimeRange, step: number, several: boolean): Promise<DataFrame[]> {
  const answer = target.instant && !target.range ? await instant(target.expr) : await matrix(target.expr, range, step);
  if (target.format === 'table') {
    return answer.length ? [tableFrame(answer, target, several)] : [];
  }
  return seriesFrames(answer, target, step);
}

async function transformed(frames: DataFrame[], panel: Panel, interpolate: (text: string) => string): Promise<DataFrame[]> {
  const wanted = (panel.transformations ?? []).filter((each) => !each.disabled);
  return wanted.length ? lastValueFrom(transformDataFrame(wanted, frames, { interpolate })) : frames;
}

function styled(frames: DataFrame[], panel: Panel, theme: GrafanaTheme2, replace: (text: string) => string): DataFrame[] {
  const fieldConfig = cloneDeep(panel.fieldConfig);
  const own = CUSTOM[panel.type] ?? {};
  fieldConfig.defaults.custom = merge(cloneDeep(own), fieldConfig.defaults.custom);
  fieldConfig.defaults.color ??= { mode: COLOR[panel.type] ?? 'thresholds' };
  for (const step of fieldConfig.defaults.thresholds?.steps ?? []) {
    step.value ??= -Infinity; // JSON knows no infinity
  }
  const overridden = fieldConfig.overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const custom = overridden.filter((id) => id.startsWith('custom.')).map((id) => id.slice('custom.'.length));
  const done = applyFieldOverrides({
    data: frames,
    fieldConfig,
    theme,
    timeZone: 'utc',
    replaceVariables: (text) => replace(text),
    fieldConfigRegistry: registryFor([...Object.keys(fieldConfig.defaults.custom), ...custom]),
  });
  cacheFieldDisplayNames(done);
  return done;
}

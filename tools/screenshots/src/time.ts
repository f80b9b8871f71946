// The times of a dashboard, and the step of its queries as Grafana chooses it.
import { dateMath, rangeUtil, type TimeRange } from '@grafana/data';

/** The scrape interval that the data source is set to, in milliseconds. */
export const SCRAPE_INTERVAL = 60_000;

/** "now" of all pictures, epoch milliseconds: the end of the simulated past. */
export const NOW = Number(new URLSearchParams(window.location.search).get('now')) || Date.now();

/** Make the page's clock stand still at NOW, for the words of "3 hours ago". */
export function stopTheClock(): void {
  const now = NOW;
  const RealDate = Date;
  class StoppedDate extends RealDate {
    constructor(...values: unknown[]) {
      super(...((values.length ? values : [now]) as [number]));
    }
    static override now() {
      return now;
    }
  }
  window.Date = StoppedDate as DateConstructor;
}

/** A range as a dashboard writes it, such as now-6h to now. */
export function timeRange(from: string, to: string): TimeRange {
  const begin = dateMath.parse(from, false, 'utc');
  const end = dateMath.parse(to, true, 'utc');
  if (!begin || !end) {
    throw new Error(`no times: ${from} to ${to}`);
  }
  return { from: begin, to: end, raw: { from, to } };
}

/** The step of a panel's range queries, in milliseconds. */
export function stepOf(range: TimeRange, points: number, minimum?: string): number {
  const low = minimum ? rangeUtil.intervalToMs(minimum) : SCRAPE_INTERVAL;
  return Math.max(rangeUtil.calculateInterval(range, Math.max(points, 1), `${low}ms`).intervalMs, low);
}

/** What stands for $__interval, $__range and their like. */
export function timeVariables(range: TimeRange, step: number): Record<string, string> {
  const length = range.to.valueOf() - range.from.valueOf();
  const rate = Math.max(step + SCRAPE_INTERVAL, 4 * SCRAPE_INTERVAL);
  return {
    __interval: `${step / 1000}s`,
    __interval_ms: String(step),
    __rate_interval: `${rate / 1000}s`,
    __rate_interval_ms: String(rate),
    __range: `${Math.round(length / 1000)}s`,
    __range_s: String(Math.round(length / 1000)),
    __range_ms: String(length),
    __from: String(range.from.valueOf()),
    __to: String(range.to.valueOf()),
  };
}

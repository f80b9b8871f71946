// A table panel.
import { useTheme2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { NoData } from './Graph';
import type { PanelProps } from './props';

/** A table panel: the first frame, as Grafana shows it before another is chosen. */
export function Table({ panel, frames, range, width, height }: PanelProps) {
  useTheme2();
  const [frame] = frames;
  if (!frame || frame.fields.length === 0) {
    return <NoData height={height} text={panel.fieldConfig.defaults.noValue} />;
  }
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={panel.options.showHeader === false}
      sortBy={panel.options.sortBy}
      cellHeight={panel.options.cellHeight ?? 'sm'}
      frozenColumns={panel.options.frozenColumns?.left}
      timeRange={range}
      structureRev={1}
      fieldConfig={panel.fieldConfig}
      enableVirtualization={false}
      noValue={panel.fieldConfig.defaults.noValue}
    />
  );
}

// Stats, gauges and bar gauges: one picture for each value that is left of the frames.
import {
  type DisplayValueAlignmentFactors,
  type FieldDisplay,
  VizOrientation,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
} from '@grafana/data';
import {
  BarGauge,
  BarGaugeDisplayMode,
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  VizRepeater,
  useTheme2,
} from '@grafana/ui';
import type { PanelProps } from './props';

const REDUCE = { calcs: ['lastNotNull'], fields: '', values: false };

function valuesOf({ panel, frames, fill }: PanelProps, theme: ReturnType<typeof useTheme2>, sparkline: boolean): FieldDisplay[] {
  return getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: { ...REDUCE, ...panel.options.reduceOptions },
    replaceVariables: fill,
    theme,
    data: frames,
    sparkline,
    timeZone: 'utc',
  });
}

/** A stat panel. */
export function Stat(props: PanelProps) {
  const theme = useTheme2();
  const { options } = props.panel;
  const graphMode: BigValueGraphMode = options.graphMode ?? BigValueGraphMode.Area;
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={() => valuesOf(props, theme, graphMode !== BigValueGraphMode.None)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width, height, count, alignmentFactors }) => (
        <BigValue
          value={value.display}
          count={count}
          sparkline={value.sparkline}
          width={width}
          height={height}
          colorMode={options.colorMode ?? BigValueColorMode.Value}
          graphMode={graphMode}
          justifyMode={options.justifyMode ?? 'auto'}
          textMode={textMode(props, options.textMode)}
          alignmentFactors={alignmentFactors}
          text={options.text}
          disableWideLayout={!options.wideLayout}
          theme={theme}
        />
      )}
      width={props.width}
      height={props.height}
      source={props.frames}
      itemSpacing={3}
      renderCounter={0}
      autoGrid
      orientation={options.orientation ?? VizOrientation.Auto}
    />
  );
}

function textMode({ panel, frames }: PanelProps, mode: BigValueTextMode = BigValueTextMode.Auto): BigValueTextMode {
  const single = frames.length === 1 && frames[0].fields.filter((field) => field.type === 'number').length === 1;
  const named = panel.options.reduceOptions?.values || panel.fieldConfig.defaults.displayName;
  return mode === BigValueTextMode.Auto && single && !named ? BigValueTextMode.Value : mode;
}

/** A bar gauge panel; a gauge is drawn as one too, because its component is not exported. */
export function Bars(props: PanelProps) {
  const theme = useTheme2();
  const { options } = props.panel;
  const orientation = options.orientation && options.orientation !== 'auto' ? options.orientation : VizOrientation.Horizontal;
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={() => valuesOf(props, theme, false)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width, height, alignmentFactors }) => (
        <BarGauge
          value={value.display}
          width={width}
          height={height}
          orientation={orientation}
          field={value.field}
          display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0)}
          theme={theme}
          itemSpacing={8}
          lcdCellWidth={12}
          displayMode={options.displayMode ?? BarGaugeDisplayMode.Gradient}
          valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
          showUnfilled={options.showUnfilled ?? true}
          alignmentFactors={alignmentFactors}
          text={options.text}
        />
      )}
      width={props.width}
      height={props.height}
      source={props.frames}
      itemSpacing={10}
      renderCounter={0}
      minVizHeight={options.minVizHeight ?? 16}
      maxVizHeight={options.sizing === 'manual' ? options.maxVizHeight : 300}
      minVizWidth={options.minVizWidth ?? 8}
      orientation={orientation}
    />
  );
}

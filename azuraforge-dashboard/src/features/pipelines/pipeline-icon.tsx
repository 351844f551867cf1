import { Workflow } from 'lucide-react';
import styles from './pipeline-icon.module.css';

/** A plugin's icon. As a background its SVG cannot run anything, whatever the plugin has put into it. */
export function PipelineIcon({ svg, size = 40 }: { svg: string | null; size?: number }) {
  const image = svg ? `url("data:image/svg+xml,${encodeURIComponent(svg)}")` : undefined;
  return (
    <span
      className={styles.icon}
      style={{ width: size, height: size, backgroundImage: image }}
      data-plain={!svg}
      aria-hidden="true"
    >
      {!svg && <Workflow size={size / 2} />}
    </span>
  );
}

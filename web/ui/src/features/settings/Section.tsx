/** A titled part of the settings. */
import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from '~/features/settings/Settings.module.css';

interface Props {
  title: string;
  lead?: string;
  action?: ReactNode;
  children: ReactNode;
}

export function Section({ title, lead, action, children }: Props) {
  return (
    <section className={classes.section}>
      <div className={classes.sectionHead}>
        <Title order={2}>{title}</Title>
        {action}
      </div>
      {lead && <p className={classes.lead}>{lead}</p>}
      {children}
    </section>
  );
}

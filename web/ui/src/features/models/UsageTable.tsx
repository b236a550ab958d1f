/** Which path answered how many documents, and what that cost. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getUsage } from '~/api/loop';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { Part, Wide } from '~/features/models/Part';

type Stage = 'classify' | 'summarise';

export function UsageTable() {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const { data } = useQuery({ queryKey: ['models', 'usage'], queryFn: getUsage });
  if (!data) return null;
  if (data.items.length === 0) {
    return (
      <Part title={t('model.usage')}>
        <p className={classes.lead}>{t('model.usageEmpty')}</p>
      </Part>
    );
  }
  const columns = ['documents', 'share', 'tokens', 'seconds'] as const;
  return (
    <Part title={t('model.usage')} lead={t('model.usageText')}>
      <Wide label={t('model.usage')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('model.task')}</th>
              <th scope="col" className={classes.text}>
                {t('model.path')}
              </th>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {t(`model.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="tabular">
            {data.items.map((row) => (
              <tr key={`${row.stage} ${row.model} ${row.path}`}>
                <th scope="row">{t(`model.stage.${row.stage as Stage}`)}</th>
                <td className={classes.text}>
                  {row.model || t('model.builtIn')}
                  {row.path && <span className={classes.meta}> · {row.path}</span>}
                </td>
                <td>{figures.number(row.documents)}</td>
                <td>{figures.share(row.share)}</td>
                <td>{figures.number(row.tokens)}</td>
                <td>{figures.any(row.seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Part>
  );
}

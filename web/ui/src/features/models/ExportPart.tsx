/** ONNX INT8: whether there is one, and how it answers beside what it was made from. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ModelDetail } from '~/api/loop';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { useIsEngineer } from '~/features/models/LoopHeading';
import { Part } from '~/features/models/Part';

interface Compared {
  agreement?: number;
  size_share?: number;
  speed_up?: number;
}

export function ExportPart({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const engineer = useIsEngineer();
  if (model.task !== 'classifier') return null;
  return (
    <Part title={t('model.export')}>
      <div className={classes.card}>
        {model.method === 'head' ? (
          <p>{t('model.exportHead')}</p>
        ) : model.exported_from ? (
          <Exported model={model} from={model.exported_from} />
        ) : model.exports.length > 0 ? (
          <p>
            {t('model.exports')}{' '}
            {model.exports.map((name) => (
              <Link key={name} to="/models/$name" params={{ name }} style={{ marginRight: 10 }}>
                {name}
              </Link>
            ))}
          </p>
        ) : (
          <>
            <p>{t('model.exportNone')}</p>
            {engineer && (
              <code className={classes.command}>kb models export-onnx {model.name} --int8</code>
            )}
          </>
        )}
      </div>
    </Part>
  );
}

function Exported({ model, from }: { model: ModelDetail; from: string }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const found = (model.export ?? {}) as Compared;
  const told = [
    found.agreement !== undefined &&
      t('model.agreement', { share: figures.share(found.agreement) }),
    found.size_share !== undefined &&
      t('model.sizeShare', { share: figures.share(found.size_share) }),
    found.speed_up !== undefined && t('model.speedUp', { times: figures.any(found.speed_up) }),
  ].filter(Boolean);
  return (
    <>
      <p>
        <Link to="/models/$name" params={{ name: from }}>
          {t('model.exportOf', { name: from })}
        </Link>
      </p>
      {told.length > 0 && <p className="tabular">{told.join(' · ')}</p>}
    </>
  );
}

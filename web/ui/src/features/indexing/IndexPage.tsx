/** The index as operators see it: generations with their checks, schedules, golden queries. */
import { Generations } from '~/features/indexing/Generations';
import { GoldenQueries } from '~/features/indexing/GoldenQueries';
import { Schedules } from '~/features/indexing/Schedules';

export function IndexPage() {
  return (
    <>
      <Generations />
      <Schedules />
      <GoldenQueries />
    </>
  );
}

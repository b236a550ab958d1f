import { describe, expect, it } from 'vitest';
import { forEach } from '~/features/documents/actions';

describe('one action on many documents', () => {
  it('goes on after a failure and tells both', async () => {
    let running = 0;
    let most = 0;
    const { done, errors } = await forEach([1, 2, 3, 4, 5, 6, 7], async (id) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve));
      running -= 1;
      if (id === 3) throw new Error('no');
    });
    expect(done.sort()).toEqual([1, 2, 4, 5, 6, 7]);
    expect(errors).toHaveLength(1);
    expect(most).toBe(4);
  });
});

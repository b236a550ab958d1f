import { describe, expect, it } from 'vitest';
import { changed, FIRST, planOf, wrongFields } from './recipes';

describe('a draft of a training', () => {
  it('begins as a head that needs nothing', () => {
    expect(wrongFields(FIRST)).toEqual([]);
    expect(planOf({ ...FIRST, taxonomy: 'default' })).toEqual({
      task: 'classifier',
      method: 'head',
      taxonomy: 'default',
      wanted_precision: 0.98,
    });
  });

  it('does not keep a head for summaries', () => {
    expect(changed(FIRST, { task: 'summariser' }).method).toBe('lora');
  });

  it('takes figures from a recipe, and is one’s own when they are changed', () => {
    const quick = changed(FIRST, { recipe: 'quick' });
    expect([quick.learningRate, quick.epochs]).toEqual(['1e-4', '1']);
    expect(changed(quick, { epochs: '5' }).recipe).toBe('own');
  });

  it('names the fields that the server would refuse', () => {
    const draft = { ...FIRST, method: 'lora', rank: '1.5', epochs: '' } as const;
    expect(wrongFields(draft)).toEqual(['base', 'epochs', 'rank']);
  });

  it('is sent as numbers', () => {
    const plan = planOf({ ...FIRST, method: 'qlora', base: 'deepseek' });
    expect(plan).toMatchObject({ learning_rate: 3e-5, epochs: 2, rank: 16, search: false });
  });
});

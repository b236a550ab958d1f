import { cleanup, fireEvent, render } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useKeys } from '~/app/keys';
import { setSingleKeys } from '~/app/preferences';

const down = vi.fn();
const space = vi.fn();

function Screen() {
  useKeys({ j: down, ' ': space });
  return (
    <>
      <input aria-label="text" />
      <button type="button">Press</button>
      <a href="/x" data-hit>
        Hit
      </a>
    </>
  );
}

describe('single keys', () => {
  beforeEach(() => {
    vi.clearAllMocks();
    setSingleKeys(true);
  });
  afterEach(cleanup);

  it('act on the page', () => {
    render(<Screen />);
    fireEvent.keyDown(document.body, { key: 'j' });
    expect(down).toHaveBeenCalledOnce();
  });

  it('stay silent in a text field, in a composition and with a modifier', () => {
    const { getByLabelText } = render(<Screen />);
    fireEvent.keyDown(getByLabelText('text'), { key: 'j' });
    fireEvent.keyDown(document.body, { key: 'j', keyCode: 229 });
    fireEvent.keyDown(document.body, { key: 'j', ctrlKey: true });
    expect(down).not.toHaveBeenCalled();
  });

  it('leave Space to a button, and take it on a hit', () => {
    const { getByText } = render(<Screen />);
    fireEvent.keyDown(getByText('Press'), { key: ' ' });
    expect(space).not.toHaveBeenCalled();
    fireEvent.keyDown(getByText('Hit'), { key: ' ' });
    expect(space).toHaveBeenCalledOnce();
  });

  it('can be switched off', () => {
    render(<Screen />);
    setSingleKeys(false);
    fireEvent.keyDown(document.body, { key: 'j' });
    expect(down).not.toHaveBeenCalled();
  });
});
